import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** Whether a node is markup itself: an element, an attribute, what is between tags. */
function isMarkup(node: ts.Node): boolean {
  return node.kind >= ts.SyntaxKind.JsxElement && node.kind <= ts.SyntaxKind.JsxNamespacedName
}

/** Whether a node only names a value that is there, or its opposite, such as `title`, `!hasMore` or `author.name`. */
function isPlain(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isPlain(node.expression)
  if (ts.isPrefixUnaryExpression(node)) return isPlain(node.operand)
  return ts.isIdentifier(node) || ts.isLiteralExpression(node)
}

/**
 * The lines of a TypeScript file that somebody had to write beside the markup, by their numbers. Markup are tags, text, and attributes and
 * braces that only name a value. A handler, a condition or a loop in between counts, and so do imports and types. Comments, empty lines,
 * and lines with brackets alone do not.
 */
export function writtenLines(file: string): readonly number[] {
  const text = readFileSync(file, 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const lines = new Set<number>()
  const visit = (node: ts.Node, isWritten: boolean): void => {
    const isHere = isMarkup(node) ? false : isWritten || (isMarkup(node.parent) && !isPlain(node))
    const isLeaf = node.getChildCount(source) === 0
    if (isLeaf && isHere) lines.add(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1)
    ts.forEachChild(node, (child) => visit(child, isHere))
  }
  for (const statement of source.statements) visit(statement, true)
  return [...lines].sort((a, b) => a - b)
}
