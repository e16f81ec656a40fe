import { stableText } from '../../base/stable-hash.ts'
import type { AnyMeasure, AnyRead, EntityMeasure, Read } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import { activeScan } from '../active/scan-active.ts'
import { conversionScan } from '../conversion/scan-conversion.ts'
import { funnelScan } from '../funnel/scan-funnel.ts'
import { movementScan } from '../movement/scan-movement.ts'
import { retentionScan } from '../retention/scan-retention.ts'
import type { Scan } from '../scan.ts'

type MeasureOf<K extends AnyMeasure['kind']> = Extract<AnyMeasure, { kind: K }>

/** Whether a read measures one of these kinds. */
export function isOf<K extends AnyMeasure['kind']>(read: AnyRead, kinds: readonly K[]): read is Read<MeasureOf<K>> {
  return (kinds as readonly string[]).includes(read.measure.kind)
}

/**
 * Reads that follow entities through time: those over the same rows share a statement, whatever their slices, axes and windows.
 * Movements and what follows from the same stock are one family.
 */
export function fuseEntityReads(context: PlanContext, reads: readonly AnyRead[]): readonly Scan[] {
  const families = [
    family(context, reads, ['movement', 'followed'], ({ expr, filter, validity }) => [expr, filter, validity], movementScan),
    family(context, reads, ['active'], ({ activity }) => [activity], activeScan),
    family(context, reads, ['conversion'], ({ base, conversion, constantProperties }) => [base, conversion, constantProperties], conversionScan),
    family(context, reads, ['retention'], ({ start, activity, unit, clock }, { by }) => [start, activity, unit, clock, by], retentionScan),
    family(context, reads, ['funnel'], ({ steps, within, order }, { by }) => [steps, within, order, by], funnelScan),
  ]
  return families.flat()
}

/** One scan for all reads that agree on model, entity, zone and what `alike` names. */
function family<K extends EntityMeasure['kind']>(
  context: PlanContext,
  reads: readonly AnyRead[],
  kinds: readonly K[],
  alike: (measure: MeasureOf<K>, read: AnyRead) => readonly unknown[],
  scan: (context: PlanContext, reads: readonly Read<MeasureOf<K>>[]) => Scan,
): readonly Scan[] {
  const groups = new Map<string, Read<MeasureOf<K>>[]>()
  for (const read of reads) {
    if (!isOf(read, kinds)) continue
    const { period } = read
    const measure: MeasureOf<K> = read.measure
    const { semanticModel, entity }: EntityMeasure = measure
    const key = stableText([semanticModel, entity, period.zone, ...alike(measure, read)])
    const group = groups.get(key)
    if (group) group.push(read)
    else groups.set(key, [read])
  }
  return [...groups.values()].map((group) => scan(context, group))
}
