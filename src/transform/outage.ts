/** Data of the API, with its field names. All values are strings. */

/** A record of `GET /outages`: an outage of any device of any site. */
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

/** The response to `GET /site-info/<id>`. */
export interface SiteInfo {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly Device[];
}

/** A record of the list that `POST /site-outages/<id>` expects, with its keys in this order. */
export interface SiteOutage {
  readonly id: string;
  /** The device's display name. */
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/** The list of one site, which is sent, shown or rejected as a whole. */
export interface SiteList {
  readonly site: string;
  /** The site's display name. */
  readonly siteName: string;
  /** All devices of the site, including those without outages. */
  readonly devices: readonly Device[];
  readonly outages: readonly SiteOutage[];
}
