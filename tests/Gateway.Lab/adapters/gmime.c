/* GMime 3. Usage: gmime FOLDER OUT */
#include <dirent.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int first;

static void text(FILE *out, const char *value)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *) value; *at; at++)
        if (*at < 0x20 || *at == '"' || *at == '\\' || *at >= 0x7f)
            fprintf(out, "\\u%04x", *at);
        else
            fputc(*at, out);
    fputc('"', out);
}

static void leaves(GMimeObject *part, FILE *out)
{
    if (GMIME_IS_MESSAGE_PART(part)) {
        GMimeMessage *message = g_mime_message_part_get_message((GMimeMessagePart *) part);
        if (message && message->mime_part)
            leaves(message->mime_part, out);
    } else if (GMIME_IS_MULTIPART(part)) {
        int count = g_mime_multipart_get_count((GMimeMultipart *) part);
        for (int i = 0; i < count; i++)
            leaves(g_mime_multipart_get_part((GMimeMultipart *) part, i), out);
    } else if (GMIME_IS_PART(part)) {
        GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *) part);
        GByteArray *octets = g_byte_array_new();
        if (content) {
            GMimeStream *memory = g_mime_stream_mem_new_with_byte_array(octets);
            g_mime_stream_mem_set_owner((GMimeStreamMem *) memory, FALSE);
            g_mime_data_wrapper_write_to_stream(content, memory);
            g_object_unref(memory);
        }
        gchar *data = g_base64_encode(octets->data ? octets->data : (const guchar *) "", octets->len);
        GMimeContentType *type = g_mime_object_get_content_type(part);
        gchar *kind = type ? g_mime_content_type_get_mime_type(type) : g_strdup("");
        const char *name = g_mime_part_get_filename((GMimePart *) part);
        fprintf(out, "%s{\"type\":", first ? "" : ",");
        first = 0;
        text(out, kind);
        fprintf(out, ",\"data\":\"%s\",\"names\":[", data);
        if (name)
            text(out, name);
        fputs("]}", out);
        g_free(kind);
        g_free(data);
        g_byte_array_free(octets, TRUE);
    }
}

static void authors(InternetAddressList *list, FILE *out, int *count)
{
    int length = list ? internet_address_list_length(list) : 0;
    for (int i = 0; i < length; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            authors(internet_address_group_get_members((InternetAddressGroup *) address), out, count);
        } else {
            const char *octets = internet_address_mailbox_get_addr((InternetAddressMailbox *) address);
            fputs((*count)++ ? "," : "", out);
            text(out, octets ? octets : "");
        }
    }
}

int main(int argc, char **argv)
{
    struct dirent **files;
    if (argc != 3)
        return 2;
    g_mime_init();
    FILE *out = fopen(argv[2], "w");
    int count = scandir(argv[1], &files, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        size_t length = strlen(files[i]->d_name);
        if (length < 5 || strcmp(files[i]->d_name + length - 4, ".eml") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], files[i]->d_name);
        int fd = open(path, O_RDONLY);
        GMimeStream *stream = g_mime_stream_fs_new(fd);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        fprintf(out, "{\"id\":\"%.*s\",", (int) (length - 4), files[i]->d_name);
        if (message) {
            fputs("\"parts\":[", out);
            first = 1;
            if (message->mime_part)
                leaves(message->mime_part, out);
            fputs("],\"from\":[", out);
            int count = 0;
            authors(g_mime_message_get_from(message), out, &count);
            fputs("]}\n", out);
            g_object_unref(message);
        } else {
            fputs("\"error\":\"no message\"}\n", out);
        }
        g_object_unref(parser);
        g_object_unref(stream);
    }
    return fclose(out) != 0;
}
