<?php
// PHP's mailparse extension. Usage: php mailparse.php FOLDER OUT
// Some messages crash the extension, so it works in a child that begins again behind the message that killed the one before.
[, $folder, $out] = $argv;
error_reporting(0);
$files = glob("$folder/*.eml");
sort($files);
if (!isset($argv[3])) {
    file_put_contents($out, '');
    for ($done = 0; $done < count($files); ) {
        $child = proc_open([PHP_BINARY, __FILE__, $folder, $out, (string) $done], [], $pipes);
        $failed = proc_close($child) !== 0;
        $done = count(file($out));
        if ($failed && $done < count($files)) {
            file_put_contents($out, json_encode(['id' => basename($files[$done], '.eml'), 'error' => 'crash']) . "\n", FILE_APPEND);
            $done++;
        }
    }
    exit(0);
}

$target = fopen($out, 'a');
foreach (array_slice($files, (int) $argv[3]) as $file) {
    $text = file_get_contents($file);
    $line = ['id' => basename($file, '.eml'), 'parts' => []];
    $message = mailparse_msg_create();
    if (!mailparse_msg_parse($message, $text)) {
        $line = ['id' => $line['id'], 'error' => 'refused'];
    } else {
        $structure = mailparse_msg_get_structure($message);
        $from = mailparse_msg_get_part_data($message)['headers']['from'] ?? '';
        $line['from'] = array_column(mailparse_rfc822_parse_addresses(is_array($from) ? $from[0] : $from), 'address');
        foreach ($structure as $section) {
            $part = mailparse_msg_get_part($message, $section);
            $data = mailparse_msg_get_part_data($part);
            $composite = false;
            foreach ($structure as $other) {
                $composite = $composite || str_starts_with($other, "$section.");
            }
            if ($composite) {
                continue;
            }
            ob_start();
            mailparse_msg_extract_part($part, $text);
            $body = ob_get_clean();
            $name = $data['disposition-filename'] ?? $data['content-name'] ?? null;
            $line['parts'][] = ['type' => $data['content-type'] ?? '', 'data' => base64_encode($body), 'names' => $name === null ? [] : [mb_convert_encoding($name, 'UTF-8', 'ISO-8859-1')]];
        }
    }
    mailparse_msg_free($message);
    fwrite($target, json_encode($line, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}
