import { visible } from '../../util/text.ts';

/** HTML in which all data is escaped. */
export interface Markup {
  readonly html: string;
}

type Value = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Template tag for HTML: escapes each value for text and for quoted attributes, and makes control characters visible. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const pieces = values.map((value, index) => toHtml(value) + (strings[index + 1] ?? ''));
  return { html: (strings[0] ?? '') + pieces.join('') };
}

function toHtml(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return visible(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  return 'html' in value ? value.html : value.map(({ html }) => html).join('');
}
