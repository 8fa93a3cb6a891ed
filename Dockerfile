# Postie as a service; docs/operations.md tells how to run it. test/system/operations-readonly.test.ts performs these very steps.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Almost half of it is only read by compilers and debuggers.
RUN find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
COPY LICENSE ./
COPY knowledge knowledge
COPY src src
COPY adapters adapters
# Compiles the knowledge, which would otherwise be done at every start, since nothing can be written there later.
RUN node src/main.ts bounce '550 5.1.1 user unknown' && node src/main.ts checkip 127.0.0.1
RUN chmod -R a+rX,a-w .

FROM node:${NODE_VERSION}-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3978
# For a volume with the store, where that is a file.
RUN install -d -o 1000 -g 1000 -m 0700 /var/lib/postie
COPY --from=build /app /app
# The image's user "node", by its number, by which Kubernetes sees that it is not root.
USER 1000:1000
EXPOSE 3978
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts", "serve"]
