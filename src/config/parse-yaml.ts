import type * as yamlModule from 'yaml';
import type { Alias, CST, Document, LineCounter, Node, Pair, ParsedNode } from 'yaml';

import { ConfigurationError } from '../domain/errors.ts';
import { invalidLine, SAVE_AS_UTF8 } from './read-text.ts';

/** YAML or JSON as plain data: every scalar is the text in the file, and every node has its line (from 1). */
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

const MAX_CHARS = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_ALIASES = 100;

interface SyntaxProblem {
  readonly problem: string;
  readonly hint: string;
}

/** Problems by the parser's error code. Its own messages quote the source, which may contain a key. */
const PROBLEMS: Readonly<Record<string, SyntaxProblem>> = {
  BAD_INDENT: {
    problem: 'inconsistent indentation',
    hint: 'indent the keys of one level by the same number of spaces',
  },
  TAB_AS_INDENT: { problem: 'this line is indented with a tab', hint: 'indent with spaces' },
  MISSING_CHAR: { problem: 'a quote, colon, comma or bracket is missing', hint: 'add it here or on the line before' },
  MULTILINE_IMPLICIT_KEY: {
    problem: 'a colon and a space are missing after the key',
    hint: 'write each line as key: value',
  },
  BAD_SCALAR_START: { problem: 'a value that begins with this character must be quoted', hint: 'put it in quotes' },
  BLOCK_AS_IMPLICIT_KEY: {
    problem: 'a value that contains a colon and a space must be quoted',
    hint: 'put it in quotes',
  },
  TAG_RESOLVE_FAILED: { problem: 'tags ("!…") are not supported', hint: 'remove the tag: values need none' },
  NON_STRING_KEY: { problem: 'a key is not text', hint: 'write each line as key: value' },
};
const INVALID: SyntaxProblem = {
  problem: 'invalid YAML or JSON',
  hint: 'see .kraken-outagesrc.example, or run: kraken-outages config init',
};

/**
 * Parses YAML or JSON.
 * @param name of the file, for errors
 * @throws {ConfigurationError} `FILE:LINE: …`, without any of the text
 */
export async function parseTree(text: string, name: string): Promise<Tree> {
  const badLine = invalidLine(text);
  if (badLine !== undefined) throw problemAt(name, badLine, 'invalid UTF-8', SAVE_AS_UTF8);
  if (text.length > MAX_CHARS) {
    throw new ConfigurationError(`${name} is larger than 1 MiB`, { hint: 'move the settings to a file of their own' });
  }

  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  let tree: Tree = { kind: 'nothing', line: 1 };
  let documents = 0;
  for (const document of compose(yaml, lines, text.replace(/^\ufeff/, ''), name)) {
    documents += 1;
    if (documents > 1) {
      const line = lineOf(lines, document.range[0]);
      throw problemAt(name, line, 'a second document begins here', 'keep one document, without "---" after it');
    }
    const error = document.errors[0] ?? document.warnings[0];
    if (error) {
      const { problem, hint } = PROBLEMS[error.code] ?? INVALID;
      throw problemAt(name, lineOf(lines, error.pos[0]), problem, hint);
    }
    tree = createConverter(yaml, lines, document, name)(document.contents, 1);
  }
  return tree;
}

/** Returns the value of a key; undefined if it is missing, or `tree` is not a mapping. */
export function valueOf(tree: Tree, key: string): Tree | undefined {
  return tree.kind === 'mapping' ? tree.entries.find((entry) => entry.key === key)?.value : undefined;
}

function compose(yaml: Yaml, lines: LineCounter, text: string, name: string): Iterable<Document.Parsed> {
  const parser = new yaml.Parser(lines.addNewLine);

  function* tokens(): Iterable<CST.Token> {
    lines.addNewLine(0);
    for (const lexeme of new yaml.Lexer().lex(text)) {
      yield* parser.next(lexeme);
      // The composer is recursive: deeper nesting could overflow the stack.
      if (parser.stack.length > MAX_DEPTH) {
        throw problemAt(name, lineOf(lines, parser.offset), 'nested too deeply', 'settings need three levels at most');
      }
    }
    yield* parser.end();
  }

  // Failsafe: `0123`, dates and `no` stay text. readConfigFile finds duplicate keys, in linear time.
  const composer = new yaml.Composer({ schema: 'failsafe', stringKeys: true, uniqueKeys: false });
  return composer.compose(tokens(), true, text.length);
}

/** Converts a node. `line` is the line of its key or list, for a node without a line. */
type Converter = (node: ParsedNode | null, line: number) => Tree;

function createConverter(yaml: Yaml, lines: LineCounter, document: Document.Parsed, name: string): Converter {
  // Each node is converted once, however many aliases point to it. An alias within its own anchor has no entry yet.
  const known = new Map<Node, Tree>();
  let aliases = 0;

  const toTree: Converter = (node, line) => {
    if (!node) return { kind: 'nothing', line };
    const ownLine = lineOf(lines, node.range[0]);
    if (yaml.isAlias(node)) {
      aliases += 1;
      if (aliases > MAX_ALIASES) {
        throw problemAt(name, ownLine, `more than ${MAX_ALIASES} aliases ("*…")`, 'write the values out');
      }
      const target = node.resolve(document);
      const tree = target && known.get(target);
      if (!tree) {
        throw problemAt(
          name,
          ownLine,
          'an alias ("*…") has no anchor ("&…") before it',
          'write the value out, or quote it',
        );
      }
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

/** Returns the error `FILE:LINE: problem`. @param line from 1 */
export function problemAt(name: string, line: number, problem: string, hint: string): ConfigurationError {
  return new ConfigurationError(`${name}:${line}: ${problem}`, { hint });
}
