/** Tests of Apollo's integration suite that the gateway answers otherwise on purpose, and why. */
export const answeredOtherwise: ReadonlyMap<string, string> = new Map([
  ['throws an error if POST body is empty', 'text/plain is refused with 415 before it is read'],
  ['throws an error if invalid content-type', 'text/plain is refused with 415 before it is read'],
  ['default', 'a POST of text/plain is refused with 415 before it comes to Apollo’s CSRF prevention'],
  ['throws an error if POST JSON is malformed', 'the refusal has words of our own, with a code and a hint'],
])
