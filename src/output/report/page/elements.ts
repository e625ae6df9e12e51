/** Returns the first element that matches. @throws {Error} if there is none: page and script do not match */
export function find<E extends Element>(root: ParentNode, selector: string, kind: new () => E): E {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page has no ${selector}`);
  return element;
}

/** Returns all elements of that class that match. */
export function findAll<E extends Element>(root: ParentNode, selector: string, kind: new () => E): readonly E[] {
  return [...root.querySelectorAll(selector)].filter((element): element is E => element instanceof kind);
}
