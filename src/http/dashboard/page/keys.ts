// Keys of the whole page, and the dialog that lists them. Keys of the map are in map/view.ts.

export interface KeyActions {
  find(): void;
  fit(): void;
  follow(): void;
  list(): void;
  escape(): void;
  /** Does what a key asks of the map; true if it asks for something. */
  map(key: string): boolean;
}

/** Listens to keys; `help` is the dialog, which `button` opens, too. */
export function listenToKeys(
  actions: KeyActions,
  { help, button }: { readonly help: HTMLDialogElement; readonly button: HTMLButtonElement },
): void {
  button.addEventListener("click", () => help.showModal());
  const byKey: Readonly<Record<string, () => void>> = {
    "/": actions.find,
    "?": () => help.showModal(),
    f: actions.fit,
    t: actions.follow,
    l: actions.list,
    Escape: actions.escape,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A dialog has its own keys, and so does a box that one types in.
    if (document.querySelector("dialog[open]") !== null) return;
    if (event.target instanceof HTMLInputElement) return;
    const action = byKey[event.key];
    // Where nothing has the focus, keys are the map's.
    if (action !== undefined) action();
    else if (event.target !== document.body || !actions.map(event.key)) return;
    event.preventDefault();
  });
}
