-- SPDX-License-Identifier: GPL-2.0
-- Wireshark's view of XCRYPT: SMTP up to the exchange, the exchange word by word, and what is
-- encrypted after it; of suites of version 3 the boundaries of the records. Put it into the folder
-- of personal plugins, or: tshark -X lua_script:xcrypt.lua (since Wireshark 4.4 not as root, for
-- whom it loads no script)
-- It takes the place of SMTP on the ports of its preference; others by "Decode As".

local xcrypt = Proto("xcrypt", "XCRYPT mail encryption")

local f = {
	offered = ProtoField.string("xcrypt.offered", "Suites offered"),
	line = ProtoField.string("xcrypt.line", "Line of the exchange"),
	suite = ProtoField.string("xcrypt.suite", "Suite"),
	key_a = ProtoField.string("xcrypt.key_a", "Public value of a (base64)"),
	nonce_a = ProtoField.string("xcrypt.nonce_a", "Nonce of a (base64)"),
	key_b = ProtoField.string("xcrypt.key_b", "Public value of b (base64)"),
	nonce_b = ProtoField.string("xcrypt.nonce_b", "Nonce of b (base64)"),
	identity = ProtoField.string("xcrypt.identity", "Identity of b (base64)"),
	signature = ProtoField.string("xcrypt.signature", "Signature of b (base64)"),
	verifier = ProtoField.string("xcrypt.verifier", "Early confirmation of b (base64)"),
	confirmation = ProtoField.string("xcrypt.confirmation", "Confirmation (base64)"),
	failed = ProtoField.string("xcrypt.failed", "The exchange failed"),
	encrypted = ProtoField.bytes("xcrypt.encrypted", "Encrypted octets"),
	record = ProtoField.uint32("xcrypt.record.number", "Record"),
	length = ProtoField.uint16("xcrypt.record.length", "Length of the sealed part"),
	sealed = ProtoField.bytes("xcrypt.record.sealed", "Sealed part"),
	tag = ProtoField.bytes("xcrypt.record.tag", "Tag"),
}
xcrypt.fields = f

local bad_length = ProtoExpert.new("xcrypt.record.bad_length", "No record has this length",
				   expert.group.MALFORMED, expert.severity.ERROR)
local failure = ProtoExpert.new("xcrypt.failure", "The exchange failed",
				expert.group.RESPONSE_CODE, expert.severity.NOTE)
xcrypt.experts = { bad_length, failure }

xcrypt.prefs.ports = Pref.range("TCP ports", "25", "Where SMTP with XCRYPT is spoken", 65535)

local L_MIN, L_MAX, TAG = 2, 16386, 16
local LINE_MAX = 2048

local stream_field = Field.new("tcp.stream")

-- What the first pass learned. by stream: the suite, and for each side ("a", "b") the frame and
-- the place in it from which on it is encrypted. by frame, buffer and place: a record's number.
local streams, numbers

function xcrypt.init()
	streams, numbers = {}, {}
end

local function state_of(pinfo)
	local id = stream_field().value

	streams[id] = streams[id] or { records = { a = 0, b = 0 } }
	return streams[id]
end

-- a is who said XCRYPT; until then, who does not speak from the server's port.
local function side_of(state, pinfo)
	local from = tostring(pinfo.src) .. ":" .. pinfo.src_port

	if state.a then
		return from == state.a and "a" or "b"
	end
	return pinfo.dst_port == pinfo.match_uint and "a" or "b"
end

local function words_of(text)
	local words = {}

	for word in text:gmatch("%S+") do
		words[#words + 1] = word
	end
	return words
end

local function add_words(tree, range, words, fields)
	for i, field in ipairs(fields) do
		if words[i] then
			tree:add(field, range, words[i])
		end
	end
end

local function is_v3(state)
	local major = (state.suite or ""):match("_(%d+)%.%d+$")

	return major and tonumber(major) >= 3
end

-- From behind octet at of this frame on, side is encrypted; the first pass comes here in order.
local function switch(state, side, pinfo, at)
	if not state[side .. "_frame"] then
		state[side .. "_frame"], state[side .. "_at"] = pinfo.number, at
	end
end

local function is_encrypted(state, side, pinfo, at)
	local frame = state[side .. "_frame"]

	return frame and (pinfo.number > frame or
			  pinfo.number == frame and at >= state[side .. "_at"])
end

local function line_of_a(state, pinfo, tree, range, text, behind)
	local words = words_of(text)
	local kind = (words[2] or ""):upper()

	state.a = state.a or tostring(pinfo.src) .. ":" .. pinfo.src_port
	table.remove(words, 1)
	if kind == "OK" then
		add_words(tree, range, { words[2] }, { f.confirmation })
		if is_v3(state) then
			switch(state, "a", pinfo, behind)
		end
		state.confirming = state.confirming or pinfo.number
	elseif kind == "FAIL" then
		tree:add(f.failed, range, text):add_proto_expert_info(failure)
	else
		state.suite = state.suite or words[1]
		state.begun = state.begun or pinfo.number
		add_words(tree, range, words, { f.suite, f.key_a, f.nonce_a })
	end
end

local function line_of_b(state, pinfo, tree, range, text, answer, behind)
	local words = words_of(answer)
	local kind = (words[2] or ""):upper()

	table.remove(words, 1)
	if kind == "FAIL" or not text:match("^250") then
		tree:add(f.failed, range, text):add_proto_expert_info(failure)
	elseif kind == "OK" then
		add_words(tree, range, { words[2] }, { f.confirmation })
		switch(state, "b", pinfo, behind)
		-- Up to 2.x a waits for this line: what it sends later is encrypted.
		switch(state, "a", pinfo, math.huge)
	else
		add_words(tree, range, words, { f.key_b, f.nonce_b, f.identity, f.signature, f.verifier })
	end
end

-- The words of a reply from XCRYPT on, behind its code and enhanced code. nil: it is another's.
local function words_of_reply(text)
	local rest = text:match("^%d%d%d[ -](.*)$")

	rest = rest and (rest:match("^%d%.%d+%.%d+ (.*)$") or rest)
	return rest and rest:upper():match("^XCRYPT%f[%s%z]") and rest
end

-- A line that is ours: true.
local function dissect_line(state, side, pinfo, tree, range, behind)
	local text = range:string():gsub("[\r\n]+$", "")
	local verb = side == "a" and text:upper():match("^XCRYPT%f[%s%z]")
	local answer = side == "b" and words_of_reply(text)
	local listing = answer and not (state.begun and pinfo.number > state.begun)

	if not verb and not answer then
		return false
	end
	local sub = tree:add(xcrypt, range)
	pinfo.cols.protocol = "XCRYPT"
	if listing then
		sub:add(f.offered, range, answer:sub(8))
		return true
	end
	sub:add(f.line, range, text)
	if verb then
		line_of_a(state, pinfo, sub, range, text, behind)
	else
		line_of_b(state, pinfo, sub, range, text, answer, behind)
	end
	return true
end

-- One record at at. How long it is; nil and how many octets are missing.
local function dissect_record(state, side, buffer, pinfo, tree, at)
	local there = buffer:len() - at

	if there < 2 then
		return nil, DESEGMENT_ONE_MORE_SEGMENT
	end
	local length = buffer(at, 2):uint()
	if length < L_MIN or length > L_MAX then
		tree:add(xcrypt, buffer(at)):add_proto_expert_info(bad_length)
		return there
	end
	local whole = 2 + length + TAG
	if there < whole then
		return nil, whole - there
	end
	-- A frame may bring the end of one record and others behind it, each in a buffer of its own.
	local key = table.concat({ pinfo.number, buffer:offset(), buffer:len(), at }, ":")
	if not numbers[key] then
		numbers[key] = state.records[side]
		state.records[side] = state.records[side] + 1
	end
	local sub = tree:add(xcrypt, buffer(at, whole))
	sub:append_text(", record " .. numbers[key] .. ", sealed part of " .. length .. " octets")
	sub:add(f.record, buffer(at, whole), numbers[key])
	sub:add(f.length, buffer(at, 2))
	sub:add(f.sealed, buffer(at + 2, length))
	sub:add(f.tag, buffer(at + 2 + length, TAG))
	return whole
end

local function dissect_encrypted(state, side, buffer, pinfo, tree, at)
	pinfo.cols.protocol = "XCRYPT"
	pinfo.cols.info = "Encrypted with " .. (state.suite or "?") .. ", from " .. side
	if not is_v3(state) then
		local sub = tree:add(xcrypt, buffer(at))

		sub:append_text(", encrypted")
		sub:add(f.encrypted, buffer(at))
		return
	end
	while at < buffer:len() do
		local used, missing = dissect_record(state, side, buffer, pinfo, tree, at)

		if not used then
			pinfo.desegment_offset, pinfo.desegment_len = at, missing
			return
		end
		at = at + used
	end
end

-- Lines of one packet that are not ours go to SMTP together.
local function give_smtp(buffer, pinfo, tree, from, to)
	if to > from then
		Dissector.get("smtp"):call(buffer(from, to - from):tvb(), pinfo, tree)
	end
end

function xcrypt.dissector(buffer, pinfo, tree)
	local state = state_of(pinfo)
	local side = side_of(state, pinfo)
	local at, plain, ours = 0, 0, false
	local raw = buffer:raw()

	while at < buffer:len() and not is_encrypted(state, side, pinfo, at) do
		local lf = raw:find("\n", at + 1, true)

		if not lf and buffer:len() - at < LINE_MAX then
			give_smtp(buffer, pinfo, tree, plain, at)
			pinfo.desegment_offset, pinfo.desegment_len = at, DESEGMENT_ONE_MORE_SEGMENT
			return
		end
		local behind = lf or buffer:len()
		if dissect_line(state, side, pinfo, tree, buffer(at, behind - at), behind) then
			give_smtp(buffer, pinfo, tree, plain, at)
			plain, ours = behind, true
		end
		at = behind
	end
	give_smtp(buffer, pinfo, tree, plain, at)
	if ours then
		pinfo.cols.protocol = "XCRYPT"
	end
	if at < buffer:len() then
		dissect_encrypted(state, side, buffer, pinfo, tree, at)
	end
end

local ports = xcrypt.prefs.ports
local tcp = DissectorTable.get("tcp.port")

tcp:add(ports, xcrypt)
tcp:add_for_decode_as(xcrypt)

function xcrypt.prefs_changed()
	tcp:remove(ports, xcrypt)
	ports = xcrypt.prefs.ports
	tcp:add(ports, xcrypt)
end
