# Makes a C++ source of a page's files, and in it the function that has them: cmake -DOUTPUT=page_files.cpp
# -DFUNCTION=page_files -DFILES=a;b -P embed.cmake.
# Each is in it without comments and indents of our own, and as gzip makes that: the relay never
# compresses anything.

set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_txt "text/plain; charset=utf-8")
set(types_svg "image/svg+xml")

# What only readers of the source need. No text within quotes begins a line in our files.
function(strip path to)
    file(READ ${path} text)
    string(REGEX REPLACE "\n *(//[^\n]*)?" "\n" text "\n${text}")
    string(REGEX REPLACE "\n\n+" "\n" text "${text}")
    string(SUBSTRING "${text}" 1 -1 text)
    file(WRITE ${to} "${text}")
endfunction()

# The bytes of a file as the inside of a string literal, 64 of them a line.
function(literal_of variable path is_gzip)
    file(READ ${path} hex HEX)
    if(is_gzip)
        # When it was made, in bytes 4 to 7, would make each build another.
        string(SUBSTRING ${hex} 0 8 head)
        string(SUBSTRING ${hex} 16 -1 rest)
        set(hex ${head}00000000${rest})
    endif()
    string(REPEAT "." 128 line)
    string(REGEX REPLACE "(${line})" "\\1\"\n    \"" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
    set(${variable} "${hex}" PARENT_SCOPE)
endfunction()

set(text "// Made by src/page/embed.cmake.\n#include \"admin/page_files.hpp\"\n\n")
string(APPEND text "namespace netplay_relay::admin {\n\nnamespace {\n\n")
string(APPEND text "using namespace std::string_view_literals;\n\nconstexpr PageFile files[] = {\n")
foreach(file ${FILES})
    cmake_path(GET file FILENAME name)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    string(SUBSTRING ${extension} 1 -1 extension)
    if(file MATCHES "/vendor/")
        file(COPY_FILE ${file} ${OUTPUT}.part)
    else()
        strip(${file} ${OUTPUT}.part)
    endif()
    file(ARCHIVE_CREATE OUTPUT ${OUTPUT}.gz PATHS ${OUTPUT}.part FORMAT raw COMPRESSION GZip
         COMPRESSION_LEVEL 9)
    literal_of(plain ${OUTPUT}.part NO)
    literal_of(gzipped ${OUTPUT}.gz YES)
    file(SHA256 ${OUTPUT}.part sum)
    string(SUBSTRING ${sum} 0 16 sum)
    string(APPEND text "{\"${name}\", \"${types_${extension}}\", \"W/\\\"${sum}\\\"\",\n"
                       "    \"${plain}\"sv,\n    \"${gzipped}\"sv},\n")
endforeach()
file(REMOVE ${OUTPUT}.gz ${OUTPUT}.part)
string(APPEND text "};\n\n} // namespace\n\nstd::span<const PageFile> ${FUNCTION}() { return files; }\n\n")
string(APPEND text "} // namespace netplay_relay::admin\n")
file(WRITE ${OUTPUT} "${text}")
