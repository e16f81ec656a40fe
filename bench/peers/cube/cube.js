/** Whoever can reach the server may ask, as with the other servers of this bench. */
module.exports = {
  checkAuth: () => {},
  telemetry: false,
}
