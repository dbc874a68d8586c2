# Ruby's mail. Usage: ruby ruby_mail.rb FOLDER OUT
require 'mail'
require 'json'
require 'base64'
require 'timeout'
folder, out = ARGV

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
  found << { type: kind, data: Base64.strict_encode64(data), names: name ? [name.to_s.b.inspect] : [] }
end

File.open(out, 'w') do |target|
  Dir.glob("#{folder}/*.eml").sort.each do |file|
    line = { id: File.basename(file, '.eml') }
    begin
      Timeout.timeout(10) do
        found = []
        leaves(Mail.new(File.binread(file)), found)
        line[:parts] = found
      end
    rescue StandardError, SystemStackError => fault
      line[:error] = fault.class.name
    end
    target.puts(JSON.generate(line))
  end
end
