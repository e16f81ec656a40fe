/** The properties that name what was merged into a record. */
export const MERGED = ['hs_merged_object_ids', 'hs_calculated_merged_vids'] as const
export type Losing = Readonly<Partial<Record<(typeof MERGED)[number], string | null>>>

/** Ids that lost a merge to a record. Lists with semicolons: of ids, and for older merges of contacts of ids with the time of the merge (`123:1727740800000`). */
export function losersOf(winner: string, { hs_merged_object_ids: ids, hs_calculated_merged_vids: older }: Losing): readonly string[] {
  const losers = `${ids ?? ''};${older ?? ''}`.split(';').map((one) => one.split(':')[0]?.trim() ?? '')
  return losers.filter((id) => /^\d+$/.test(id) && id !== winner)
}
