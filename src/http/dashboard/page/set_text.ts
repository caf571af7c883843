// Texts of elements.

/** Sets a text only when it changes, so that nobody is told of it for nothing. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
