/** @throws {Error} where the page has no such element: page and script are made together */
export function find<E extends Element>(root: ParentNode, selector: string, kind: new () => E): E {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page has no ${selector}`);
  return element;
}

/** All of them, of that kind. */
export function findAll<E extends Element>(root: ParentNode, selector: string, kind: new () => E): readonly E[] {
  return [...root.querySelectorAll(selector)].filter((element): element is E => element instanceof kind);
}
