/**
 * Imported for its effect: an unhandled rejection fails the test, as it would end the program. Mocha 12 passes it to
 * other listeners and ignores it if there are none.
 */
process.on('unhandledRejection', (reason) => {
  throw new Error('a rejection that nobody handled', { cause: reason });
});
