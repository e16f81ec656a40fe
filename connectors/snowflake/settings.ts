/** What the dialect and the reading of cells rely on, whatever the account or the user set: SQL to run once a session. */
export function settingsSql(statementTimeoutMs: number): string {
  const settings: Readonly<Record<string, string | number | boolean>> = {
    TIMEZONE: 'UTC',
    WEEK_START: 1,
    QUOTED_IDENTIFIERS_IGNORE_CASE: false,
    TIMESTAMP_TYPE_MAPPING: 'TIMESTAMP_NTZ',
    DATE_INPUT_FORMAT: 'AUTO',
    TIMESTAMP_INPUT_FORMAT: 'AUTO',
    DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
    TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF6',
    TIMESTAMP_LTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF6 TZHTZM',
    TIMESTAMP_TZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF6 TZHTZM',
    // A little more than our own limit, which stops the statement first; this one is for when we cannot.
    STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(statementTimeoutMs / 1000) + 1,
    ABORT_DETACHED_QUERY: true,
    QUERY_TAG: 'kpiql',
  }
  return `ALTER SESSION SET ${Object.entries(settings).map(([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : String(value).toUpperCase()}`).join(' ')}`
}
