// The little HTML that attributions are made of.

/** A link with this text; the text alone if the address is none of the web. */
export function link(text: string, href: string): string {
  const url = URL.parse(href);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return escape(text);
  return `<a href="${escape(url.href)}">${escape(text)}</a>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (it) => ENTITIES[it]!);
}
