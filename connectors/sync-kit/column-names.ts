/**
 * Names of a tool's fields as names of columns, in snake_case and all different: what meets a name before it gets a number.
 *
 * @param taken names of columns that the connector itself writes.
 */
export function columnNames(fields: readonly string[], taken: readonly string[]): readonly string[] {
  const used = new Set(taken)
  return fields.map((field) => {
    const plain = field
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
    const base = /^[a-z]/.test(plain) ? plain : `p_${plain}`
    let name = base
    for (let number = 2; used.has(name); number++) name = `${base}_${number}`
    used.add(name)
    return name
  })
}
