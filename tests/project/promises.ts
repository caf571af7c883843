// Promises that nobody awaits or catches: their rejections would be lost, or end the process.

import ts from "typescript";

/** Functions that take the rejection of the promise they are given, and give one that is taken too. */
const TAKING = new Set(["awaitedLater", "inBackground"]);

/** The places in which a variable's promise is handed to somebody: awaited, returned or given away. */
const HANDS_OVER = new Set([
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.AwaitExpression,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.PropertyAccessExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.ShorthandPropertyAssignment,
  ts.SyntaxKind.SpreadElement,
]);

/** Methods that give a promise that was kept, and so was looked at already. */
const GIVING_BACK = new Set(["pop", "shift"]);

/** Methods that keep what they are given: the promise is awaited later, if at all. */
const KEEPING = new Set(["add", "push", "set", "unshift"]);

/** Functions that expect a promise or nothing, and do not look at the promise. */
const CARELESS = new Set(["addEventListener"]);

/** A promise that is left alone, as `<line>: <its first line>`. */
export type Finding = string;

/** Finds the promises of a file that are left alone. */
export function findFloatingPromises(file: ts.SourceFile, checker: ts.TypeChecker): Finding[] {
  const findings: Finding[] = [];

  const note = (node: ts.Node) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    findings.push(`${line + 1}: ${node.getText(file).split("\n")[0]}`);
  };

  const isPromise = (type: ts.Type): boolean => {
    if (type.isUnion()) return type.types.some(isPromise);
    const then = (type.flags & ts.TypeFlags.Any) === 0 && type.getProperty("then");
    return then ? checker.getTypeOfSymbol(then).getCallSignatures().length > 0 : false;
  };

  /** True unless the expression's value is a promise whose rejection nobody takes. */
  const isTaken = (expression: ts.Expression): boolean => {
    const it = expression;
    if (ts.isParenthesizedExpression(it) || ts.isVoidExpression(it)) return isTaken(it.expression);
    if (ts.isConditionalExpression(it)) return isTaken(it.whenTrue) && isTaken(it.whenFalse);
    if (ts.isBinaryExpression(it)) {
      return isTaken(it.right) && (isAssignment(it) || isTaken(it.left));
    }
    if (ts.isAwaitExpression(it) || !isPromise(checker.getTypeAtLocation(it))) return true;
    if (ts.isIdentifier(it)) return isTakenWhereDeclared(it);
    if (!ts.isCallExpression(it)) return false;
    const { expression: called, arguments: { length } } = it;
    if (ts.isIdentifier(called)) return TAKING.has(called.text);
    if (!ts.isPropertyAccessExpression(called)) return false;
    switch (called.name.text) {
      case "catch":
        return length >= 1;
      case "then":
        return length >= 2;
      case "finally":
        return isTaken(called.expression);
    }
    return GIVING_BACK.has(called.name.text);
  };

  /** True if the promise of a constant is taken in its declaration. */
  const isTakenWhereDeclared = (name: ts.Identifier): boolean => {
    const declaration = checker.getSymbolAtLocation(name)?.valueDeclaration;
    if (declaration === undefined) return false;
    if (ts.isVariableDeclaration(declaration)) {
      return declaration.initializer !== undefined && isTaken(declaration.initializer);
    }
    // Of `withResolvers()`, without `reject`.
    return ts.isBindingElement(declaration) &&
      !declaration.parent.elements.some((it) => it.getText(file).startsWith("reject"));
  };

  /** Notes a function that gives a promise to somebody who expects nothing. */
  const compare = (node: ts.Node, wanted: ts.Type | undefined, isCareless = false) => {
    if (ts.isArrowFunction(node) && !node.modifiers && !ts.isBlock(node.body)) {
      if (isTaken(node.body)) return;
    }
    const signatures = wanted && checker.getNonNullableType(wanted).getCallSignatures();
    const isForNothing = isCareless ||
      signatures?.some((it) => checker.getReturnTypeOfSignature(it).flags & ts.TypeFlags.Void);
    const given = checker.getTypeAtLocation(node).getCallSignatures();
    if (isForNothing && given.some((it) => isPromise(checker.getReturnTypeOfSignature(it)))) {
      note(node);
    }
  };

  /** True if something else is awaited before the promise in a variable is handed to anybody. */
  const isHeldOverAwait = ({ name, initializer, parent }: ts.VariableDeclaration): boolean => {
    const symbol = checker.getSymbolAtLocation(name);
    if (initializer === undefined || isTaken(initializer)) return false;
    const isHandedOver = (node: ts.Node): boolean =>
      ts.isIdentifier(node) && checker.getSymbolAtLocation(node) === symbol &&
        HANDS_OVER.has(node.parent.kind) || (ts.forEachChild(node, isHandedOver) ?? false);
    /** The first of what may come after the declaration. */
    const look = (node: ts.Node): "another await" | "handed over" | undefined => {
      if (node.pos < parent.end) return ts.forEachChild(node, look);
      const isWhole = ts.isFunctionLike(node) || ts.isAwaitExpression(node) ||
        ts.isIdentifier(node);
      if (!isWhole) return ts.forEachChild(node, look);
      if (isHandedOver(node)) return "handed over";
      return ts.isAwaitExpression(node) ? "another await" : undefined;
    };
    const block = ts.findAncestor(parent, (it) => ts.isFunctionLike(it) || ts.isSourceFile(it))!;
    return look(block) === "another await";
  };

  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) {
      if (!isTaken(node.expression)) note(node);
    } else if (ts.isVoidExpression(node)) {
      if (!ts.isExpressionStatement(node.parent) && !isTaken(node)) note(node);
    } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const { expression: called, arguments: given = [] } = node;
      const name = ts.isPropertyAccessExpression(called) ? called.name.text : called.getText(file);
      for (const it of given) {
        if (KEEPING.has(name) && !isTaken(it)) note(it);
        compare(it, checker.getContextualType(it), CARELESS.has(name));
      }
    } else if (ts.isPropertyAssignment(node)) {
      compare(node.initializer, checker.getContextualType(node.initializer));
    } else if (ts.isVariableDeclaration(node)) {
      if (isHeldOverAwait(node)) note(node);
    } else if (ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent)) {
      const property = checker.getContextualType(node.parent)?.getProperty(node.name.getText(file));
      compare(node, property && checker.getTypeOfSymbolAtLocation(property, node));
    } else if (ts.isBinaryExpression(node) && isAssignment(node)) {
      compare(node.right, checker.getTypeAtLocation(node.left));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}
