import type { MetricData } from './metric-file.ts'
import { enumNameOf, faultOfName } from './names.ts'
import type { Section } from './section.ts'
import type { Metric } from './types.ts'

/** Names of metrics, the old ones included, must differ also in upper case. */
export function blameTwins(drafts: readonly { readonly section: Section<MetricData>; readonly metric: Metric }[]): void {
  const owners = new Map<string, { readonly name: string; readonly section: Section<MetricData> }>()
  for (const { section, metric } of drafts) {
    const twin = owners.get(metric.enumName)
    if (twin) section.blame(['name'], `The metrics "${twin.name}" and "${metric.name}" are both ${metric.enumName} to clients; the other is at ${twin.section.place}.`)
    else owners.set(metric.enumName, { name: metric.name, section })
  }
  for (const { section, metric } of drafts) {
    metric.deprecatedNames.forEach((old, index) => {
      const fault = faultOfName(old)
      if (fault) section.blame(['deprecated_names', index], fault.message, fault.hint)
      const twin = owners.get(enumNameOf(old))
      if (twin) section.blame(['deprecated_names', index], `"${old}" is a name of the metric "${twin.name}" at ${twin.section.place}.`)
      else owners.set(enumNameOf(old), { name: metric.name, section })
    })
  }
}
