// Small mistakes that a tired engineer makes, as changes of a source's text.

import ts from "typescript";

/** A change: what stands from `start` to `end` is replaced by `text`. */
export interface Mutation {
  /** What is done, such as `drops the await`. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A comparison, and what it is taken for: the other bound, and the other way round. */
const COMPARISONS: Partial<Record<ts.SyntaxKind, readonly string[]>> = {
  [ts.SyntaxKind.LessThanToken]: ["<=", ">="],
  [ts.SyntaxKind.LessThanEqualsToken]: ["<", ">"],
  [ts.SyntaxKind.GreaterThanToken]: [">=", "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken]: [">", "<"],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ["!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ["==="],
};

const PLUS_OR_MINUS = [ts.SyntaxKind.PlusToken, ts.SyntaxKind.MinusToken];

const LOGICAL = [
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
];

/** Calls whose loss only makes a log quieter. */
const IS_LOGGING = /\blog\.(debug|info|warn|error)\(/;

/** All mutations of a source, in the order of its text. */
export function mutationsOf(source: string): Mutation[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.ESNext, true);
  const found: Mutation[] = [];

  const replace = (kind: string, node: ts.Node, text: string) =>
    found.push({ kind, start: node.getStart(file), end: node.end, text });

  const mutateOperator = ({ left, operatorToken, right }: ts.BinaryExpression) => {
    const operator = operatorToken.kind;
    for (const other of COMPARISONS[operator] ?? []) {
      replace(`turns ${operatorToken.getText(file)} into ${other}`, operatorToken, other);
    }
    if (PLUS_OR_MINUS.includes(operator) && ts.isNumericLiteral(right)) {
      replace("moves a bound by one", right, String(Number(right.text) - 1));
    }
    if (!LOGICAL.includes(operator)) return;
    found.push({ kind: "drops a condition", start: left.end, end: right.end, text: "" });
    const isDefault = operator === ts.SyntaxKind.QuestionQuestionToken;
    if (!isDefault) {
      const start = left.getStart(file);
      found.push({ kind: "drops a condition", start, end: right.getStart(file), text: "" });
    }
  };

  const swapArguments = (list: ts.NodeArray<ts.Expression> | undefined) => {
    for (const [index, first] of (list ?? []).entries()) {
      const second = list![index + 1];
      if (second === undefined || first.getText(file) === second.getText(file)) continue;
      const start = first.getStart(file);
      const between = source.slice(first.end, second.getStart(file));
      const text = second.getText(file) + between + first.getText(file);
      found.push({ kind: "swaps arguments", start, end: second.end, text });
    }
  };

  const visit = (node: ts.Node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) mutateOperator(node);
    if (ts.isAwaitExpression(node)) {
      replace("drops the await", node, node.expression.getText(file));
    }
    if (ts.isIfStatement(node)) {
      replace(
        "never takes a branch",
        node.expression,
        `false && (${node.expression.getText(file)})`,
      );
      if (node.elseStatement) replace("drops the other branch", node.elseStatement, "{}");
    }
    if (ts.isConditionalExpression(node)) {
      replace("takes one branch", node, `(${node.whenTrue.getText(file)})`);
      replace("takes one branch", node, `(${node.whenFalse.getText(file)})`);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) swapArguments(node.arguments);
    if (ts.isExpressionStatement(node) && !ts.isSourceFile(node.parent) && !isInitializer(node)) {
      if (!IS_LOGGING.test(node.getText(file))) replace("drops a line", node, "{}");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** True if it gives a field its value in a constructor, which the compiler would miss. */
function isInitializer({ expression, parent }: ts.ExpressionStatement): boolean {
  return ts.isConstructorDeclaration(parent.parent) && ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** The source with that mistake in it. */
export function mutate(source: string, { start, end, text }: Mutation): string {
  return source.slice(0, start) + text + source.slice(end);
}
