import { openChart } from './chart.ts';
import { findAll } from './elements.ts';
import { openFilter } from './filter.ts';
import { makeSortable } from './sort.ts';

// Open charts before tables can be sorted: bars are numbered by the order of the unsorted rows.
for (const chart of findAll(document, '.chart', HTMLElement)) openChart(chart);
for (const box of findAll(document, '.filter', HTMLElement)) openFilter(box);
for (const table of findAll(document, 'table', HTMLTableElement)) makeSortable(table);
