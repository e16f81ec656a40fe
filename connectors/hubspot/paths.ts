/** Addresses of one version of HubSpot's API. Those by date have the version behind the kind; of the older ones associations are v4, the rest v3. */
export interface Paths {
  objects(object: string, rest?: string): string
  properties(object: string): string
  pipelines(object: string): string
  readonly owners: string
  associations(from: string, to: string): string
  lists(rest: string): string
  readonly account: string
}

/** @param version `v3`, or a version by date such as `2026-03`. */
export function pathsOf(version: string): Paths {
  const place = (kind: string, older: string): string => (version === 'v3' ? `/crm/${older}/${kind}` : `/crm/${kind}/${version}`)
  return {
    objects: (object, rest = '') => `${place('objects', 'v3')}/${object}${rest}`,
    properties: (object) => `${place('properties', 'v3')}/${object}`,
    pipelines: (object) => `${place('pipelines', 'v3')}/${object}`,
    owners: place('owners', 'v3'),
    associations: (from, to) => `${place('associations', 'v4')}/${from}/${to}/batch/read`,
    lists: (rest) => `${place('lists', 'v3')}${rest}`,
    account: `/account-info/${version}/details`,
  }
}
