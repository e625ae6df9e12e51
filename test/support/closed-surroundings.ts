/**
 * Imported for its effect, before any test: whoever runs the tests must not show in them. Their variables (a proxy, a key,
 * a locale that is not installed, of which every shell would complain) and their umask stay outside.
 */

// NODE_V8_COVERAGE is how c8 reaches the processes that tests start.
const KEPT = ['PATH', 'NODE_V8_COVERAGE'];

// A test of the superuser drops its privileges, and must then still reach its files: not below /root.
if (process.getuid?.() !== 0) KEPT.push('TMPDIR');

for (const name of Object.keys(process.env)) if (!KEPT.includes(name)) Reflect.deleteProperty(process.env, name);
// Debian's home of those who have none.
process.env['HOME'] = '/nonexistent';
process.env['LC_ALL'] = 'C';
process.umask(0o022);
