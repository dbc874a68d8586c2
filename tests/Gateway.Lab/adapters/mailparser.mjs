// mailparser: its MailParser class with the splitter and decoders it is made of. Usage: node mailparser.mjs FOLDER OUT
// The text parts that mailparser itself hands out are converted to UTF-8 and joined; the splitter under it shows them one by one.
import { readdirSync, readFileSync, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
const load = createRequire(process.env.LAB_NODE_MODULES + '/');
const { Splitter } = load('@zone-eu/mailsplit');
const addressparser = load('nodemailer/lib/addressparser');
const [folder, out] = process.argv.slice(2);
const target = openSync(out, 'w');

function read(octets) {
    return new Promise((resolve, reject) => {
        const splitter = new Splitter({ ignoreEmbedded: false });
        const found = [];
        let part = null;
        splitter.on('data', data => {
            if (data.type === 'node') {
                part = data.multipart ? null : { node: data, raw: [] };
                if (part) found.push(part);
            } else if (data.type === 'body' && part) {
                part.raw.push(data.value);
            }
        });
        splitter.on('error', reject);
        splitter.on('end', () => resolve(found));
        splitter.end(octets);
    });
}

// The field as the splitter's header parser has it.
function from(octets) {
    return new Promise((resolve, reject) => {
        const splitter = new Splitter();
        let value = '';
        splitter.on('data', data => {
            if (data.type === 'node' && data.root) value = data.headers.getFirst('from');
        });
        splitter.on('error', reject);
        splitter.on('end', () => resolve(value));
        splitter.end(octets);
    });
}

function decode(part) {
    return new Promise((resolve, reject) => {
        const decoder = part.node.getDecoder();
        const chunks = [];
        decoder.on('data', chunk => chunks.push(chunk));
        decoder.on('error', reject);
        decoder.on('end', () => resolve(Buffer.concat(chunks)));
        decoder.end(Buffer.concat(part.raw));
    });
}

// A group is shown by its members.
const addresses = list => list.flatMap(entry => entry.group ? addresses(entry.group) : [entry.address || '']);

async function leaves(octets, found) {
    for (const part of await read(octets)) {
        const data = await decode(part);
        if (part.node.contentType === 'message/rfc822') {
            // It hands embedded messages to its caller, as mailparser does when they are attachments.
            await leaves(data, found);
        } else {
            found.push({ type: part.node.contentType || '', data: data.toString('base64'), names: part.node.filename ? [part.node.filename] : [] });
        }
    }
}

for (const file of readdirSync(folder).filter(name => name.endsWith('.eml')).sort()) {
    const line = { id: file.slice(0, -4) };
    try {
        line.parts = [];
        const octets = readFileSync(`${folder}/${file}`);
        await leaves(octets, line.parts);
        line.from = addresses(addressparser(await from(octets)));
    } catch (fault) {
        delete line.parts;
        line.error = String(fault);
    }
    writeSync(target, JSON.stringify(line) + '\n');
}
