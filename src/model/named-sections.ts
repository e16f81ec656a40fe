import { enumNameOf, faultOfName, labelOf } from './names.ts'
import type { Section } from './section.ts'
import type { Named } from './types.ts'

/** Sections whose names differ also in upper case; of twins the first, the others are blamed. `kind` is a plural. */
export function unique<Data extends { readonly name: string }>(sections: readonly Section<Data>[], kind: string): readonly Section<Data>[] {
  const owners = new Map<string, Section<Data>>()
  for (const section of sections) {
    const fault = faultOfName(section.data.name)
    if (fault) section.blame(['name'], fault.message, fault.hint)
    const twin = owners.get(enumNameOf(section.data.name))
    if (twin) section.blame(['name'], `Two ${kind} are ${enumNameOf(section.data.name)} to clients; the other is at ${twin.place}.`, 'Rename one of them.')
    else owners.set(enumNameOf(section.data.name), section)
  }
  return [...owners.values()]
}

/** Name, label and description as clients see them. */
export function namedOf(data: { readonly name: string; readonly label?: string | undefined; readonly description?: string | undefined }): Named {
  return { name: data.name, enumName: enumNameOf(data.name), label: data.label ?? labelOf(data.name), description: data.description?.trim() ?? null }
}
