#!/usr/bin/env bash
# Makes the certificates that the tests use, valid for a hundred years. Needs openssl 3. Their keys protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# authority NAME: NAME.pem and $work/NAME.key
authority() {
  key "$work/$1.key"
  openssl req -x509 -new -key "$work/$1.key" -subj "/CN=Postie test $1" -days $days -out "$1.pem" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}

# certificate NAME AUTHORITY EXTENSIONS [DATES]: NAME.pem and $work/NAME.key
certificate() {
  key "$work/$1.key"
  openssl req -new -key "$work/$1.key" -subj "/CN=Postie test $1" -out "$work/$1.csr"
  : >"$work/index.txt"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' \
    "$work" "$work" >"$work/ca.cnf"
  printf '%s\n' "$3" >"$work/$1.ext"
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" -cert "$2.pem" -keyfile "$work/$2.key" -in "$work/$1.csr" \
    -extfile "$work/$1.ext" ${4:--days $days} -out "$1.pem" 2>/dev/null
}

# The logotype extension (RFC 9399 §4.1) with the compressed logo in a data URI and its SHA-256.
logotype() {
  local uri hash
  uri="data:image/svg+xml;base64,$(gzip -9nc "$1" | base64 -w0)"
  hash=$(openssl dgst -sha256 -r "$1" | cut -d' ' -f1)
  cat >"$work/logotype.cnf" <<CNF
asn1=SEQUENCE:extension
[extension]
subject=EXPLICIT:2,IMPLICIT:0,SEQUENCE:data
[data]
images=SEQUENCE:images
[images]
image=SEQUENCE:image
[image]
details=SEQUENCE:details
[details]
mediaType=IA5STRING:image/svg+xml
hashes=SEQUENCE:hashes
uris=SEQUENCE:uris
[hashes]
hash=SEQUENCE:hash
[hash]
algorithm=SEQUENCE:algorithm
value=FORMAT:HEX,OCTETSTRING:$hash
[algorithm]
oid=OID:2.16.840.1.101.3.4.2.1
[uris]
uri=IA5STRING:$uri
CNF
  openssl asn1parse -genconf "$work/logotype.cnf" -noout -out "$work/logotype.der"
  echo "1.3.6.1.5.5.7.1.12=DER:$(od -An -v -tx1 "$work/logotype.der" | tr -d ' \n')"
}

authority ca
certificate server ca 'subjectAltName=DNS:example.org,DNS:*.example.org,DNS:example.net,DNS:*.example.net'
cp "$work/server.key" server.key

authority mark-ca
logo=$(logotype logo.svg)
usage='extendedKeyUsage=1.3.6.1.5.5.7.3.31'
certificate mark mark-ca "subjectAltName=DNS:example.org
$usage
$logo"
certificate mark-expired mark-ca "subjectAltName=DNS:example.org
$usage
$logo" '-startdate 20200101000000Z -enddate 20210101000000Z'
certificate mark-other-domain mark-ca "subjectAltName=DNS:example.net
$usage
$logo"
certificate mark-without-usage mark-ca "subjectAltName=DNS:example.org
extendedKeyUsage=serverAuth
$logo"
