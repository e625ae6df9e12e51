import type * as yamlModule from 'yaml';
import type { Alias, CST, Document, LineCounter, Node, Pair, ParsedNode } from 'yaml';

import { ConfigurationError } from '../domain/errors.ts';
import { invalidLine } from './read-text.ts';

/** YAML or JSON: data only, every scalar as the text it was written as, each thing with its line (from 1). */
export type Tree =
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'nothing'; readonly line: number }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly Tree[] }
  | { readonly kind: 'mapping'; readonly line: number; readonly entries: readonly Entry[] };

export interface Entry {
  readonly key: string;
  readonly line: number;
  readonly value: Tree;
}

type Yaml = typeof yamlModule;

const LARGEST = 1024 * 1024;
const DEEPEST = 64;
const MOST_ALIASES = 100;

/** Ours, since the parser's own messages repeat the source, and a key could be in it. */
const PROBLEMS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation is not consistent',
  TAB_AS_INDENT: 'a tab indents this line; use spaces',
  MISSING_CHAR: 'a quote, colon, comma or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon and a space are missing after the key',
  BAD_SCALAR_START: 'a value that begins with this character must be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a value that holds a colon and a space must be quoted',
  TAG_RESOLVE_FAILED: 'tags ("!…") are not understood',
  NON_STRING_KEY: 'a key is not text',
};
const UNREADABLE = 'this is neither YAML nor JSON';

/**
 * @param name how errors call the file
 * @throws {ConfigurationError} `FILE:LINE: …`, holding nothing of the text
 */
export async function parseTree(text: string, name: string): Promise<Tree> {
  const badLine = invalidLine(text);
  if (badLine !== undefined) throw problemAt(name, badLine, 'this is not valid UTF-8');
  if (text.length > LARGEST) throw new ConfigurationError(`${name}: is larger than 1 MiB`);

  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  let tree: Tree = { kind: 'nothing', line: 1 };
  let documents = 0;
  for (const document of compose(yaml, lines, text.replace(/^\ufeff/, ''), name)) {
    documents += 1;
    if (documents > 1) throw problemAt(name, lineOf(lines, document.range[0]), 'a second document begins here');
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) throw problemAt(name, lineOf(lines, problem.pos[0]), PROBLEMS[problem.code] ?? UNREADABLE);
    tree = createConverter(yaml, lines, document, name)(document.contents, 1);
  }
  return tree;
}

/** What stands at the key; undefined where it is missing, or this is no mapping. */
export function valueOf(tree: Tree, key: string): Tree | undefined {
  return tree.kind === 'mapping' ? tree.entries.find((entry) => entry.key === key)?.value : undefined;
}

function compose(yaml: Yaml, lines: LineCounter, text: string, name: string): Iterable<Document.Parsed> {
  const parser = new yaml.Parser(lines.addNewLine);

  function* tokens(): Iterable<CST.Token> {
    lines.addNewLine(0);
    for (const lexeme of new yaml.Lexer().lex(text)) {
      yield* parser.next(lexeme);
      // What comes after this is recursive: it would end the process where the stack does.
      if (parser.stack.length > DEEPEST)
        throw problemAt(name, lineOf(lines, parser.offset), 'this is nested too deeply');
    }
    yield* parser.end();
  }

  // Failsafe: `0123`, dates and `no` stay as written. Duplicate keys are found by our reader, in linear time.
  const composer = new yaml.Composer({ schema: 'failsafe', stringKeys: true, uniqueKeys: false });
  return composer.compose(tokens(), true, text.length);
}

/** What a node says; `line` is that of its key or list, for a node that has none. */
type Converter = (node: ParsedNode | null, line: number) => Tree;

function createConverter(yaml: Yaml, lines: LineCounter, document: Document.Parsed, name: string): Converter {
  // Each node is converted once, however many aliases lead to it; one that leads to itself finds nothing here yet.
  const known = new Map<Node, Tree>();
  let aliases = 0;

  const toTree: Converter = (node, line) => {
    if (!node) return { kind: 'nothing', line };
    const ownLine = lineOf(lines, node.range[0]);
    if (yaml.isAlias(node)) {
      aliases += 1;
      if (aliases > MOST_ALIASES) throw problemAt(name, ownLine, `there are more than ${MOST_ALIASES} aliases ("*…")`);
      const target = node.resolve(document);
      const tree = target && known.get(target);
      if (!tree) throw problemAt(name, ownLine, 'an alias ("*…") has no anchor ("&…") before it');
      return tree;
    }
    const tree = contentOf(node, ownLine);
    known.set(node, tree);
    return tree;
  };

  function contentOf(node: Exclude<ParsedNode, Alias.Parsed>, line: number): Tree {
    if (yaml.isMap<ParsedNode, ParsedNode | null>(node)) {
      return { kind: 'mapping', line, entries: node.items.map(toEntry) };
    }
    if (yaml.isSeq<ParsedNode>(node))
      return { kind: 'list', line, items: node.items.map((item) => toTree(item, line)) };
    const text = String(node.value);
    const isNothing = node.type === 'PLAIN' && /^(?:~|null|Null|NULL)?$/.test(text);
    return isNothing ? { kind: 'nothing', line } : { kind: 'text', line, text };
  }

  function toEntry({ key, value }: Pair<ParsedNode, ParsedNode | null>): Entry {
    const line = lineOf(lines, key.range[0]);
    return { key: String(key), line, value: toTree(value, line) };
  }

  return toTree;
}

function lineOf(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

/** @param line from 1 */
export function problemAt(name: string, line: number, problem: string, hint?: string): ConfigurationError {
  return new ConfigurationError(`${name}:${line}: ${problem}`, hint === undefined ? {} : { hint });
}
