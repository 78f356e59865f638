/**
 * Which node each alias means, found in one walk. The library's own `alias.resolve` walks the document for every
 * alias, which lets a small file with many of them take minutes.
 */
import { type Alias, type Document, isAlias, isNode, type Node, visit } from 'yaml'

/** @returns the last node before the alias that has its anchor; undefined for an alias without one */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node | undefined>()
  visit(document, {
    Node: (_key, node) => {
      if (!isNode(node)) return
      if (isAlias(node)) targets.set(node, anchors.get(node.source))
      else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}
