import type { OutputOptions, RolldownOptions } from 'rolldown';

export declare const configurations: readonly (RolldownOptions & { readonly output: OutputOptions })[];
