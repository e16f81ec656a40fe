/** Why rollups of a table of an engine would not hold its rows, after "is a …: "; null where they do. */
export function whyUnfit(engine: string): string | null {
  if (engine === 'MergeTree') return null
  if (/^(Replicated|Shared)/.test(engine)) return 'rows that another replica took in come to it as parts, of which no view is told'
  if (engine === 'SummingMergeTree' || engine === 'AggregatingMergeTree' || engine === 'GraphiteMergeTree') return 'its merges add rows up into others'
  if (engine.endsWith('MergeTree')) return 'its merges drop rows'
  if (engine === 'Distributed') return 'rows come to the tables behind it without it, and a view is told of none of them'
  return 'nothing tells whether a view was told of all its rows'
}
