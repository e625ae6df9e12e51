import type { Outage } from './read-outages.ts';

export interface Tooltip {
  readonly show: (outage: Outage) => void;
  readonly hide: () => void;
  /** Announces the outage to screen readers. */
  readonly announce: (outage: Outage) => void;
}

/** Space between the tooltip and the bar, and between the tooltip and the edge of the chart. */
const MARGIN_PIXELS = 6;

export function createTooltip(plot: HTMLElement): Tooltip {
  const tooltip = document.createElement('div');
  tooltip.className = 'tooltip';
  tooltip.hidden = true;
  const status = document.createElement('p');
  status.className = 'unseen';
  status.role = 'status';
  plot.append(tooltip, status);

  function place(bar: Element): void {
    const plotBox = plot.getBoundingClientRect();
    const box = bar.getBoundingClientRect();
    const middle = (Math.max(box.left, plotBox.left) + Math.min(box.right, plotBox.right)) / 2 - plotBox.left;
    const left = Math.min(middle - tooltip.offsetWidth / 2, plotBox.width - tooltip.offsetWidth - MARGIN_PIXELS);
    const fitsAbove = box.top - tooltip.offsetHeight - MARGIN_PIXELS > 0;
    const top = fitsAbove ? box.top - tooltip.offsetHeight - MARGIN_PIXELS : box.bottom + MARGIN_PIXELS;
    tooltip.style.left = `${Math.max(MARGIN_PIXELS, left)}px`;
    tooltip.style.top = `${top - plotBox.top}px`;
  }

  return {
    show({ bar, device, time, duration }) {
      tooltip.replaceChildren(
        ...[device, time, duration].map((text) => {
          const line = document.createElement('p');
          line.textContent = text;
          return line;
        }),
      );
      tooltip.hidden = false;
      // A change of the view is drawn in the next frame, before this callback.
      requestAnimationFrame(() => {
        place(bar);
      });
    },
    hide() {
      tooltip.hidden = true;
    },
    announce({ device, time, duration }) {
      status.textContent = `${device}: ${time}, ${duration}`;
    },
  };
}
