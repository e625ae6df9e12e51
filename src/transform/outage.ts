/** The terms of the field, as the API writes them. All values are strings. */

/** What `GET /outages` holds: an outage of any device of any site. */
export interface Outage {
  /** The device's id. */
  readonly id: string;
  /** RFC 3339. */
  readonly begin: string;
  /** RFC 3339. */
  readonly end: string;
}

export interface Device {
  readonly id: string;
  readonly name: string;
}

/** What `GET /site-info/<id>` holds. */
export interface SiteInfo {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly Device[];
}

/** What `POST /site-outages/<id>` takes a list of; the keys stand in this order. */
export interface SiteOutage {
  readonly id: string;
  /** The device's display name. */
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/** The answer for one site: what is sent, shown or refused as a whole. */
export interface SiteList {
  readonly site: string;
  /** The site's display name. */
  readonly siteName: string;
  /** All of the site's, also those without outages. */
  readonly devices: readonly Device[];
  readonly outages: readonly SiteOutage[];
}
