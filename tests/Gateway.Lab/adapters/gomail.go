// Go's net/mail and mime/multipart. Usage: gomail FOLDER OUT
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

type part struct {
	Type  string   `json:"type"`
	Data  string   `json:"data"`
	Names []string `json:"names"`
}

type line struct {
	ID    string `json:"id"`
	Parts []part `json:"parts"`
	Error string `json:"error,omitempty"`

	// Null when the reader refuses the field.
	From []string `json:"from"`
}

func decode(header textproto.MIMEHeader, body io.Reader) ([]byte, error) {
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		return io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
	case "quoted-printable":
		return io.ReadAll(quotedprintable.NewReader(body))
	}
	return io.ReadAll(body)
}

func leaves(header textproto.MIMEHeader, body io.Reader, fallback string, found *[]part) error {
	value := header.Get("Content-Type")
	if value == "" {
		value = fallback
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil && kind == "" {
		// What callers of the package do: a type it cannot read is text.
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		reader := multipart.NewReader(body, params["boundary"])
		inner := "text/plain"
		if kind == "multipart/digest" {
			inner = "message/rfc822"
		}
		for {
			next, err := reader.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := leaves(next.Header, next, inner, found); err != nil {
				return err
			}
		}
	}
	data, err := decode(header, body)
	if kind == "message/rfc822" && err == nil {
		message, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			return err
		}
		return leaves(textproto.MIMEHeader(message.Header), message.Body, "text/plain", found)
	}
	names := []string{}
	if _, disposition, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition["filename"] != "" {
		names = append(names, disposition["filename"])
	} else if params["name"] != "" {
		names = append(names, params["name"])
	}
	*found = append(*found, part{kind, base64.StdEncoding.EncodeToString(data), names})
	return err
}

func main() {
	files, _ := filepath.Glob(filepath.Join(os.Args[1], "*.eml"))
	sort.Strings(files)
	target, err := os.Create(os.Args[2])
	if err != nil {
		panic(err)
	}
	defer target.Close()
	out := bufio.NewWriter(target)
	defer out.Flush()
	for _, file := range files {
		data, _ := os.ReadFile(file)
		l := line{ID: strings.TrimSuffix(filepath.Base(file), ".eml")}
		message, err := mail.ReadMessage(bytes.NewReader(data))
		if err == nil {
			if authors, refused := message.Header.AddressList("From"); refused == nil {
				l.From = []string{}
				for _, author := range authors {
					l.From = append(l.From, author.Address)
				}
			}
			err = leaves(textproto.MIMEHeader(message.Header), message.Body, "text/plain", &l.Parts)
		}
		if err != nil {
			l.Error = err.Error()
		}
		text, _ := json.Marshal(l)
		out.Write(text)
		out.WriteByte('\n')
	}
}
