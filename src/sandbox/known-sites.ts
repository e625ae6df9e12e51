import type { SandboxSite } from './dataset.ts';

/** A device with its outages as `[begin, end]`, in the order of the API. */
interface DeviceData {
  readonly id: string;
  readonly name: string;
  readonly outages: readonly (readonly [begin: string, end: string])[];
}

export interface SiteData extends SandboxSite {
  readonly devices: readonly DeviceData[];
  /** Closed before 2022: no outage begins later, generated ones included. */
  readonly closed: boolean;
}

/** The sites, the same for every seed. Each unusual record tests for a mistake that an implementation could make. */
export const SITES: readonly SiteData[] = [
  {
    id: 'norwich-pear-tree',
    name: 'Norwich Pear Tree',
    closed: false,
    devices: [
      {
        id: '0b769e5b-9fd9-42db-945b-be3b51b38a66',
        name: 'Battery 1',
        outages: [
          ['2021-03-14T06:12:44.318Z', '2021-03-16T21:05:10.902Z'],
          ['2021-12-31T23:59:59.999Z', '2022-02-11T08:40:00.000Z'],
          ['2022-05-02T11:27:36.655Z', '2022-05-02T19:03:58.127Z'],
        ],
      },
      {
        id: '22f8f45d-92a6-4e5b-841d-57b5ee7c0ad5',
        name: 'Battery 2',
        outages: [
          ['2022-01-01T00:00:00.000Z', '2022-03-09T14:51:20.446Z'],
          ['2022-07-19T16:30:02.008Z', '2022-08-01T05:22:49.731Z'],
        ],
      },
      {
        id: '323ae2fb-fb74-41f7-bed1-c324291b4821',
        name: 'Battery 3',
        outages: [
          // Overlapping, and not sorted by begin: neither must be merged or sorted.
          ['2022-09-08T09:14:27.590Z', '2022-09-20T12:00:31.064Z'],
          ['2022-09-11T01:45:13.872Z', '2022-10-04T18:36:55.219Z'],
          ['2022-02-27T22:08:40.143Z', '2022-02-28T03:17:06.980Z'],
        ],
      },
      {
        id: '45c1c186-75eb-429d-b6c7-a35e79d782ac',
        name: 'Battery 4',
        outages: [
          ['2020-11-05T13:33:51.407Z', '2020-11-29T07:48:15.625Z'],
          ['2022-01-01T00:00:00.001Z', '2022-01-14T10:19:38.250Z'],
        ],
      },
      {
        id: '745ac22f-3f01-40a7-9100-3c4a408a1c5b',
        name: 'Battery 5',
        outages: [
          ['2021-08-22T17:56:09.734Z', '2022-04-30T02:11:47.363Z'],
          ['2022-06-17T20:24:33.081Z', '2022-06-18T04:02:19.516Z'],
        ],
      },
      {
        id: '8e957c0e-3cf2-4c9d-8c8c-410694d6dfe0',
        name: 'Battery 6',
        outages: [
          ['2021-05-30T04:41:25.198Z', '2021-06-01T15:29:03.877Z'],
          ['2021-10-10T10:10:54.462Z', '2021-10-12T23:37:42.035Z'],
          ['2022-11-28T08:05:16.729Z', '2022-12-24T16:53:30.304Z'],
        ],
      },
      {
        id: 'adc90fd8-1a4f-4614-9665-f4235597ae3f',
        name: 'Battery 7',
        outages: [
          ['2020-01-18T19:02:37.941Z', '2020-01-19T06:14:28.556Z'],
          ['2022-03-25T12:47:01.670Z', '2022-04-02T09:58:44.113Z'],
        ],
      },
      {
        id: 'eb33a47c-5f60-4f1c-8e64-c1c55df231e9',
        name: 'Battery 8',
        outages: [
          ['2021-07-07T07:07:21.285Z', '2021-07-08T22:31:12.849Z'],
          ['2022-08-13T14:16:52.394Z', '2022-08-13T14:59:05.017Z'],
          ['2022-10-31T23:20:08.768Z', '2022-11-06T01:44:39.422Z'],
        ],
      },
    ],
  },
  {
    id: 'norwich-pear',
    name: 'Norwich Pear',
    closed: false,
    devices: [
      {
        // A prefix of a device id of norwich-pear-tree, with the name of another device.
        id: '22f8f45d-92a6-4e5b',
        name: 'Battery 1',
        outages: [
          ['2022-04-11T03:50:17.026Z', '2022-04-12T11:08:45.591Z'],
          ['2021-11-20T05:23:34.160Z', '2021-11-21T18:42:59.837Z'],
        ],
      },
      {
        // A device id of norwich-pear-tree, with a suffix.
        id: '745ac22f-3f01-40a7-9100-3c4a408a1c5b-2',
        name: 'Battery 2',
        outages: [['2022-06-17T20:24:33.081Z', '2022-06-18T04:02:19.516Z']],
      },
      {
        id: '7f1fd57f-3d40-4e8a-9b0c-219c25721bda',
        name: 'Battery 3',
        outages: [
          // A repeated record is two outages.
          ['2022-12-01T10:00:00.000Z', '2022-12-01T12:30:00.000Z'],
          ['2022-12-01T10:00:00.000Z', '2022-12-01T12:30:00.000Z'],
          // Ends before it begins.
          ['2022-12-09T15:45:00.000Z', '2022-12-09T15:15:00.000Z'],
        ],
      },
      // A device of both sites, under another name; its outages are listed above.
      { id: 'eb33a47c-5f60-4f1c-8e64-c1c55df231e9', name: 'Battery 4 (shared)', outages: [] },
    ],
  },
  {
    id: 'kathmandu-hill',
    name: 'Kathmandu Hill',
    closed: false,
    devices: [
      {
        id: '2bcc5f1b-38c3-4f8f-9704-c4147a050557',
        name: 'ब्याट्री १',
        outages: [
          // At the cutoff, but after it as text; before the cutoff; a nanosecond after it.
          ['2022-01-01T05:45:00.000+05:45', '2022-01-03T09:00:00.000+05:45'],
          ['2022-01-01T05:30:00.000+05:45', '2022-01-02T18:20:00.000+05:45'],
          ['2022-01-01T05:45:00.000000001+05:45', '2022-01-01T06:00:00.000000001+05:45'],
        ],
      },
      {
        id: '929803d8-45d7-477c-a6ef-57b753e14ca2',
        name: 'Battery 2, "old" 🔋',
        outages: [
          // After the cutoff, but before it as text; without a fraction; with a short fraction.
          ['2021-12-31T23:30:00.000-01:00', '2022-01-01T08:15:00.000-01:00'],
          ['2021-12-31T19:00:00-05:00', '2022-01-05T00:00:00Z'],
          ['2022-09-15T14:03:22.5+05:45', '2022-09-15T20:47:51.25+05:45'],
        ],
      },
      {
        id: 'd4cd0a43-6ce0-4404-9d4b-ebf82465e59c',
        name: '=1+1',
        outages: [['2022-05-19T21:34:07.903118+05:45', '2022-05-20T02:00:46.277405+05:45']],
      },
    ],
  },
  {
    id: 'ely-old-mill',
    name: 'Ely Old Mill',
    closed: true,
    devices: [
      {
        id: '5564db9b-2d5e-4bfd-b080-15bf41bd8222',
        name: 'Battery 1',
        outages: [
          ['2019-02-06T08:38:11.570Z', '2019-02-09T17:25:49.006Z'],
          ['2021-12-30T12:54:03.348Z', '2022-01-21T09:31:57.684Z'],
        ],
      },
      {
        id: 'fd5408a6-a937-4ff4-aa51-60a4fd0ef727',
        name: 'Battery 2',
        outages: [['2020-08-16T01:19:26.812Z', '2020-08-16T13:06:32.759Z']],
      },
    ],
  },
];
