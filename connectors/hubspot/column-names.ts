/** Names of columns that the connector itself writes. */
const TAKEN = ['id', 'created_at', 'updated_at', 'currency', 'primary_company_id']

/** Internal names of properties as snake_case names of columns, all different: what meets a name before it gets a number. */
export function columnNames(properties: readonly string[]): readonly string[] {
  const taken = new Set(TAKEN)
  return properties.map((property) => {
    const plain = property
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
    const base = /^[a-z]/.test(plain) ? plain : `p_${plain}`
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`
    taken.add(name)
    return name
  })
}
