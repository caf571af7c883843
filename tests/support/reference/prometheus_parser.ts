// A strict reader of Prometheus' text format 0.0.4, by its documentation alone:
// https://prometheus.io/docs/instrumenting/exposition_formats/

/** A sample as it was written; the name has a suffix in a histogram. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its metadata and samples, in the order of the text. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) (.*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/y;
const NUMBER = /^(?:NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Parses a whole scrape.
 *
 * @throws {SyntaxError} If a line is out of form, a family or a sample comes twice, or a sample has no type
 */
export function parsePrometheus(text: string): ParsedFamily[] {
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new SyntaxError("The last line does not end");
  let help: RegExpExecArray | null = null;
  let family: ParsedFamily | undefined;
  for (const line of lines) {
    const refuse = (why: string) => new SyntaxError(`${why}: ${line}`);
    const type = TYPE.exec(line);
    if (line.startsWith("# HELP ")) {
      help = HELP.exec(line);
    } else if (type) {
      if (help?.[1] !== type[1]) throw refuse("Type without its help");
      if (families.has(type[1]!)) throw refuse("Family comes twice");
      family = { name: type[1]!, type: type[2]!, help: unescape(help![2]!), samples: [] };
      families.set(family.name, family);
    } else {
      const [, name, labelText = "", number] = SAMPLE.exec(line) ?? [];
      if (name === undefined || !NUMBER.test(number!)) throw refuse("Not a sample");
      if (family === undefined || !belongs(name, family)) throw refuse("Sample without its type");
      const labels = parseLabels(labelText, refuse);
      const identity = JSON.stringify([name, Object.entries(labels).sort()]);
      if (seen.has(identity)) throw refuse("Sample comes twice");
      seen.add(identity);
      family.samples.push({ name, labels, value: Number(number!.replace("Inf", "Infinity")) });
    }
  }
  return [...families.values()];
}

function belongs(name: string, family: ParsedFamily): boolean {
  if (family.type !== "histogram") return name === family.name;
  return ["_bucket", "_sum", "_count"].some((suffix) => name === family.name + suffix);
}

function parseLabels(text: string, refuse: (why: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || Object.hasOwn(labels, name)) throw refuse("Not labels");
    labels[name] = unescape(value!);
  }
  return labels;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, it) => it === "n" ? "\n" : it);
}
