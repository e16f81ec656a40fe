/** How models name what the gateway itself keeps, as a `source`. */
export const STORE_SOURCE = 'kpiql'

/** How models name the place where synced sources land, with all their tables as `<source>_<table>`. */
export const LANDED_SOURCE = 'synced'
