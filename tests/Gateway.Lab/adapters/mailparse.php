<?php
// PHP's mailparse extension. Usage: php mailparse.php FOLDER OUT
[, $folder, $out] = $argv;
error_reporting(0);
$target = fopen($out, 'w');
$files = glob("$folder/*.eml");
sort($files);
foreach ($files as $file) {
    $text = file_get_contents($file);
    $line = ['id' => basename($file, '.eml'), 'parts' => []];
    $message = mailparse_msg_create();
    if (!mailparse_msg_parse($message, $text)) {
        $line = ['id' => $line['id'], 'error' => 'refused'];
    } else {
        $structure = mailparse_msg_get_structure($message);
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
