import type { ClickhouseOptions } from './options.ts'

export type Settings = Readonly<Record<string, string | number>>

/** Under which every statement runs: SQL's own meaning where ClickHouse's differs, exact texts of values, and nothing but reading. */
export function settingsOf({ statementTimeoutMs }: Pick<ClickhouseOptions, 'statementTimeoutMs'>): Settings {
  return {
    // Exact as text: JSON readers round numbers.
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_decimals: 1,
    output_format_json_quote_denormals: 1,
    output_format_json_escape_forward_slashes: 0,
    // With `Z`, whatever the zone of a column.
    date_time_output_format: 'iso',
    session_timezone: 'UTC',
    // Missing rows of joins, and keys outside a grouping set, are null rather than 0.
    join_use_nulls: 1,
    group_by_use_nulls: 1,
    transform_null_in: 0,
    cast_keep_nullable: 1,
    // A name is a column before it is an alias, and a number in GROUP BY is a number.
    prefer_column_name_to_alias: 1,
    enable_positional_arguments: 0,
    // Types without a common one are a fault to be seen, not a value of either.
    use_variant_as_common_type: 0,
    // Days before 1970 and after 2149 stay what they are.
    enable_extended_results_for_datetime_functions: 1,
    // The condition of a CASE keeps its branches from being computed.
    short_circuit_function_evaluation: 'enable',
    enable_materialized_cte: 1,
    // Many slices make long statements.
    max_query_size: 16 * 1024 * 1024,
    max_ast_elements: 1_000_000,
    max_expanded_ast_elements: 2_000_000,
    // The server's own end, should we be gone before.
    max_execution_time: Math.ceil(statementTimeoutMs / 1000) + 5,
    // Reads, and may change settings other than this one.
    readonly: 2,
  }
}

/** Without those an older server does not know. */
export function knownSettings(wanted: Settings, names: readonly string[]): Settings {
  const known = new Set(names)
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => known.has(name)))
}
