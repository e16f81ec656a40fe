/** Rows that did not fit: written by the load that met them, listed and swept by the ledger. */
export const QUARANTINE_TABLE = '_kpiql_quarantine'
