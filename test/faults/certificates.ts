import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = promisify(execFile);

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Created by `openssl` on demand, so that the repository contains no private key. */
export interface Certificates {
  /** The path of the issuing authority's certificate. */
  readonly authority: string;
  readonly good: Certificate;
  readonly expired: Certificate;
  /** For another host. */
  readonly wrongHost: Certificate;
  readonly selfSigned: Certificate;
}

// Only `openssl ca` can set an end date in every version of openssl.
const CONFIGURATION = `
[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = authority.pem
private_key = authority.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
`;

/** @param folder an empty directory for the files */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ca.cnf'), CONFIGURATION);
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'serial'), '01\n');
  const run = (command: string): Promise<unknown> => openssl('openssl', command.split(' '), { cwd: folder });
  const read = async (name: string): Promise<Certificate> => ({
    key: await readFile(join(folder, `${name}.key`), 'utf8'),
    cert: await readFile(join(folder, `${name}.pem`), 'utf8'),
  });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config ca.cnf';

  async function issue(name: string, host: string, from: string, until: string): Promise<Certificate> {
    await run(`req ${newKey} -keyout ${name}.key -out ${name}.csr -subj /CN=${name} -addext subjectAltName=${host}`);
    await run(`ca -batch -notext -config ca.cnf -in ${name}.csr -out ${name}.pem -startdate ${from} -enddate ${until}`);
    return read(name);
  }

  await run(`req -x509 ${newKey} -keyout authority.key -out authority.pem -subj /CN=authority`);
  await run(`req -x509 ${newKey} -keyout self.key -out self.pem -subj /CN=self -addext subjectAltName=IP:127.0.0.1`);
  return {
    authority: join(folder, 'authority.pem'),
    good: await issue('good', 'IP:127.0.0.1', '20200101000000Z', '20990101000000Z'),
    expired: await issue('expired', 'IP:127.0.0.1', '20200101000000Z', '20210101000000Z'),
    wrongHost: await issue('wrong-host', 'DNS:other.example.com', '20200101000000Z', '20990101000000Z'),
    selfSigned: await read('self'),
  };
}
