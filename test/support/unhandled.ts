/**
 * To be imported for what it does: a rejection that nobody handles fails the test, as it would end the program. Mocha 12
 * passes it on to whoever else listens, and forgets it where there is nobody.
 */
process.on('unhandledRejection', (reason) => {
  throw new Error('a rejection that nobody handled', { cause: reason });
});
