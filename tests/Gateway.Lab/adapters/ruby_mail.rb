# Ruby's mail. Usage: ruby ruby_mail.rb FOLDER OUT
require 'mail'
require 'json'
require 'base64'
require 'timeout'
folder, out = ARGV

# As text for JSON; what is no UTF-8 is replaced, not quoted: quoting would give each name another ending.
def clean(text)
  text.to_s.dup.force_encoding('UTF-8').scrub('?')
end

def leaves(part, found)
  if part.multipart? && !part.parts.empty?
    part.parts.each { |child| leaves(child, found) }
    return
  end
  kind = (part.mime_type rescue nil).to_s
  data = part.body.decoded.b
  if kind == 'message/rfc822'
    leaves(Mail.new(data), found)
    return
  end
  name = (part.filename rescue nil)
  found << { type: kind, data: Base64.strict_encode64(data), names: name ? [clean(name)] : [] }
end

File.open(out, 'w') do |target|
  Dir.glob("#{folder}/*.eml").sort.each do |file|
    line = { id: File.basename(file, '.eml') }
    begin
      Timeout.timeout(10) do
        found = []
        message = Mail.new(File.binread(file))
        leaves(message, found)
        line[:parts] = found
        line[:from] = (message.from.nil? ? [] : Array(message.from).map { |address| clean(address) }) rescue line[:from] = nil
      end
    rescue StandardError, SystemStackError => fault
      line[:error] = fault.class.name
    end
    target.puts(JSON.generate(line))
  end
end
