import type { Outage } from './read-outages.ts';

export interface Tooltip {
  readonly show: (outage: Outage) => void;
  readonly hide: () => void;
  /** Has it read out by those who cannot see it. */
  readonly announce: (outage: Outage) => void;
}

/** Pixels between the bar and the tooltip, and between it and the edge of the chart. */
const DISTANCE = 6;

export function createTooltip(plot: HTMLElement): Tooltip {
  const tooltip = document.createElement('div');
  tooltip.className = 'tooltip';
  tooltip.hidden = true;
  const status = document.createElement('p');
  status.className = 'unseen';
  status.role = 'status';
  plot.append(tooltip, status);

  function place(bar: Element): void {
    const room = plot.getBoundingClientRect();
    const box = bar.getBoundingClientRect();
    const middle = (Math.max(box.left, room.left) + Math.min(box.right, room.right)) / 2 - room.left;
    const left = Math.min(middle - tooltip.offsetWidth / 2, room.width - tooltip.offsetWidth - DISTANCE);
    const isRoomAbove = box.top - tooltip.offsetHeight - DISTANCE > 0;
    const top = isRoomAbove ? box.top - tooltip.offsetHeight - DISTANCE : box.bottom + DISTANCE;
    tooltip.style.left = `${Math.max(DISTANCE, left)}px`;
    tooltip.style.top = `${top - room.top}px`;
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
      // Where the view moves as well, it does so in the next frame, and before this.
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
