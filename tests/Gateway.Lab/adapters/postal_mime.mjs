// postal-mime. Usage: node postal_mime.mjs FOLDER OUT
import { readdirSync, readFileSync, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
// The packages lie where eng/lab.sh installed them, not beside this file.
const load = createRequire(process.env.LAB_NODE_MODULES + '/');
const loaded = load('postal-mime');
const PostalMime = loaded.default ?? loaded;
const [folder, out] = process.argv.slice(2);
const target = openSync(out, 'w');

// All authors: parse() itself shows the first.
const addresses = list => list.flatMap(entry => entry.group ? addresses(entry.group) : [entry.address || '']);

async function leaves(node, found) {
    if (node.childNodes.length) {
        for (const child of node.childNodes) await leaves(child, found);
        return;
    }
    const data = Buffer.from(node.content ?? new ArrayBuffer(0));
    const type = node.contentType?.parsed?.value ?? '';
    if (type === 'message/rfc822' && data.length) {
        // It keeps embedded messages as attachments or messages of their own.
        const inner = new PostalMime();
        await inner.parse(data);
        await leaves(inner.root, found);
        return;
    }
    if (node.contentType?.multipart) return;
    const name = node.contentDisposition?.parsed?.params?.filename ?? node.contentType?.parsed?.params?.name;
    found.push({ type, data: data.toString('base64'), names: name ? [name] : [] });
}

for (const file of readdirSync(folder).filter(name => name.endsWith('.eml')).sort()) {
    const line = { id: file.slice(0, -4) };
    try {
        const parser = new PostalMime();
        const email = await parser.parse(readFileSync(`${folder}/${file}`));
        line.parts = [];
        line.from = addresses(loaded.addressParser(email.headers.find(field => field.key === 'from')?.value ?? ''));
        await leaves(parser.root, line.parts);
    } catch (fault) {
        delete line.parts;
        line.error = String(fault);
    }
    writeSync(target, JSON.stringify(line) + '\n');
}
