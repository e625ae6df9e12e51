import { openChart } from './chart.ts';
import { findAll } from './elements.ts';
import { makeSortable } from './sort.ts';

// Before any sorting: the bars of the chart are numbered as the rows stand now.
for (const chart of findAll(document, '.chart', HTMLElement)) openChart(chart);
for (const table of findAll(document, 'table', HTMLTableElement)) makeSortable(table);
