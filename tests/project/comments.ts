// Rules for doc comments: they say something, and begin with what they are about.

/** The words that a doc comment begins with when it is a question and not a statement. */
const QUESTION = /^(What|How|Whether|Who|Where|When|Why)\b/;

/** Words that say nothing of their own. */
const EMPTY = new Set([
  "a",
  "an",
  "the",
  "of",
  "this",
  "that",
  "its",
  "is",
  "for",
  "to",
  "in",
  "it",
]);

/** Doc comments, each with the name of its symbol. */
export function docComments(source: string): { readonly text: string; readonly name: string }[] {
  const found = source.matchAll(
    /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:export |default |abstract |declare |static |override |readonly |async |const |let |function\*? |class |interface |type |enum |get |set |#|\*)*(\w+)/g,
  );
  return Array.from(found, ([, text = "", name = ""]) => ({
    text: text.replace(/^\s*\* ?/gm, "").trim(),
    name,
  }));
}

/** Comments of a source that break a rule, with why. */
export function poorComments(source: string): string[] {
  return docComments(source).flatMap(({ text, name }) => {
    if (QUESTION.test(text)) return [`${name}: begins with a question: ${text}`];
    const symbol = new Set(wordsOf(name));
    const words = wordsOf(text).filter((it) => !EMPTY.has(it));
    const isRepeated = words.every((it) => symbol.has(it) || symbol.has(it.replace(/s$/, "")));
    return isRepeated ? [`${name}: says nothing more: ${text}`] : [];
  });
}

function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter((it) => it !== "")
    .map((it) => it.toLowerCase());
}
