import { Chalk, type ChalkInstance } from 'chalk';

/** Returns a chalk instance. The shared one uses stdout's settings for every stream, and ignores `NO_COLOR`. */
export function createChalk(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 });
}
