// Light and dark: the page's style sheet has the colours, this reads them for the canvases.

/** The colours that canvases are drawn with. */
export interface Theme {
  readonly isDark: boolean;
  readonly land: string;
  readonly border: string;
  readonly graticule: string;
  readonly sphere: string;
  readonly text: string;
  readonly muted: string;
  readonly halo: string;
  readonly accent: string;
  readonly up: string;
  readonly down: string;
  readonly unknown: string;
  readonly late: string;
  /** From few clients to many in one spot. */
  readonly heat: readonly string[];
  /** One for each server, in the order of the topology, again and again. */
  readonly servers: readonly string[];
}

const STORAGE_KEY = "herd.theme";

/** Reads the colours as they are now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const list = (name: string) => color(name).split(/\s+/);
  return {
    isDark: color("scheme") === "dark",
    land: color("land"),
    border: color("land-border"),
    graticule: color("graticule"),
    sphere: color("sphere"),
    text: color("text"),
    muted: color("muted"),
    halo: color("halo"),
    accent: color("accent"),
    up: color("up"),
    down: color("down"),
    unknown: color("unknown"),
    late: color("late"),
    heat: list("heat"),
    servers: list("server-colors"),
  };
}

/** The colour of the server at this place in the list of servers. */
export function serverColor(theme: Theme, index: number): string {
  return theme.servers[index % theme.servers.length]!;
}

/** Takes the choice of an earlier visit or the system's, and lets the button change it. */
export function startTheme(button: HTMLButtonElement, onChange: () => void): void {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const isDark = (localStorage.getItem(STORAGE_KEY) ?? (system.matches ? "dark" : "light")) ===
      "dark";
    root.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(isDark));
    onChange();
  };
  button.addEventListener("click", () => {
    localStorage.setItem(STORAGE_KEY, root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
