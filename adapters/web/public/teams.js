/** An Adaptive Card as Teams shows it, by Microsoft's own renderer. */

const dark = matchMedia("(prefers-color-scheme: dark)");

export function onThemeChange(redraw) {
  dark.addEventListener("change", redraw);
}

export function drawCard(place, card, ask) {
  const { AdaptiveCard, HostConfig, OpenUrlAction, SerializationContext, Versions } =
    globalThis.AdaptiveCards;
  const drawn = new AdaptiveCard();
  drawn.hostConfig = new HostConfig(hostConfig(dark.matches ? DARK : LIGHT));
  drawn.onExecuteAction = (action) => {
    if (action instanceof OpenUrlAction) {
      if (/^https:\/\//.test(action.url)) window.open(action.url, "_blank", "noopener,noreferrer");
    } else if (action.data?.verb === "ask") ask({ command: action.data.command, text: action.data.text });
  };
  drawn.parse(card, new SerializationContext(Versions.v1_5));
  const element = drawn.render();
  place.replaceChildren(...(element ? [element] : []));
}

// Colours and sizes as Teams' documentation and clients show them.
const LIGHT = {
  text: "#242424",
  subtle: "#616161",
  back: "#ffffff",
  emphasis: "#f0f0f0",
  accent: ["#4f52b2", "#e8ebfa"],
  good: ["#1d6b40", "#e7f2da"],
  warning: ["#735100", "#fbf6d9"],
  attention: ["#b3243f", "#fcf4f6"],
};
const DARK = {
  text: "#ffffff",
  subtle: "#adadad",
  back: "#292929",
  emphasis: "#1f1f1f",
  accent: ["#a6a7dc", "#323348"],
  good: ["#92c353", "#2d3a22"],
  warning: ["#f8d22a", "#463a13"],
  attention: ["#ff8a9e", "#3e1f25"],
};

const SIZES = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };

function hostConfig({ text, subtle, back, emphasis, accent, good, warning, attention }) {
  const color = (value) => ({ default: value, subtle: value });
  const foregroundColors = {
    default: { default: text, subtle },
    dark: color(text),
    light: color(back),
    accent: color(accent[0]),
    good: color(good[0]),
    warning: color(warning[0]),
    attention: color(attention[0]),
  };
  const style = (backgroundColor) => ({ backgroundColor, foregroundColors, borderColor: subtle });
  return {
    supportsInteractivity: true,
    fontTypes: {
      default: { fontFamily: '"Segoe UI", system-ui, sans-serif', fontSizes: SIZES },
      monospace: { fontFamily: "Consolas, monospace", fontSizes: SIZES },
    },
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
    separator: { lineThickness: 1, lineColor: subtle },
    containerStyles: {
      default: style(back),
      emphasis: style(emphasis),
      accent: style(accent[1]),
      good: style(good[1]),
      warning: style(warning[1]),
      attention: style(attention[1]),
    },
    actions: { maxActions: 6, buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left" },
  };
}
