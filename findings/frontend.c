/* A libretro frontend for the findings: no window, no sound, one thing after the other as told.
 *
 *   frontend CORE COMMAND...
 *
 *   about              name, version, extensions, what it wants of content
 *   set KEY=VALUE      the answer to GET_VARIABLE (before `game`)
 *   unplugged          `game` shall plug in no pads (else one in each of two ports, as RetroArch
 *                      does)
 *   device PORT ID     retro_set_controller_port_device
 *   seed N             begins the random presses anew
 *   wants MASK         the answer to GET_AUDIO_VIDEO_ENABLE: 1 picture, 2 sound, 4 fast states
 *   user NAME          the answer to GET_USERNAME (before `game`)
 *   game FILE          retro_load_game; `unload` takes it out again
 *   run N              N frames with the same pad presses in every process: a mask for each port
 *   idle N             N frames in which nobody presses anything
 *   hold N MASK        N frames in which both pads hold that mask (hexadecimal)
 *   size               retro_serialize_size
 *   save FILE          the state; `save+ FILE N` offers N bytes more than the core asks for
 *   load FILE          gives a state to the core; `load+ FILE N` with N bytes of zeros behind it
 *   crc                CRC-32 of the state
 *   memory ID          size of a memory area (0 save RAM, 1 clock, 2 system RAM, 3 video RAM)
 *   dump ID FILE       that area
 *   reset              retro_reset
 *   cheat N ON CODE    retro_cheat_set with that number, 1 or 0, and code
 *   picture            CRC-32 of the newest frame that was drawn, and its size
 *   rate               frames and samples a second
 *   asked              which devices of port 1 and 2 the core asked for since the last `asked`
 *   polls              the frames without a poll, with one, with more, since the last `polls`
 *
 * Each line of output is "command: answer". */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct game_info
{
    const char* path;
    const void* data;
    size_t size;
    const char* meta;
};
struct system_info
{
    const char *name, *version, *extensions;
    bool need_fullpath, block_extract;
};
struct av_info
{
    unsigned width, height, max_width, max_height;
    float aspect;
    double fps, sample_rate;
};
struct variable
{
    const char *key, *value;
};

static struct variable offered[256]; /* what SET_VARIABLES named */
static unsigned offers;
static void* core;
static char directory[4096] = ".";
static const char *keys[64], *values[64], *user = "user";
static unsigned variables, pad[2], devices_asked[2], width, height, polls, frames_polled[3];
static uint32_t picture, random_state = 1;
static int pixel_bytes = 2, wanted_of_core = 3;
static bool verbose, plugs = true;

static void* symbol(const char* name)
{
    void* found = dlsym(core, name);
    if (!found) exit(fprintf(stderr, "the core has no %s\n", name));
    return found;
}
#define CALL(type, name, parameters, ...) ((type(*) parameters)symbol(name))(__VA_ARGS__)

static uint32_t crc_of(const uint8_t* bytes, size_t size, uint32_t crc)
{
    crc = ~crc;
    for (size_t at = 0; at < size; ++at) {
        crc ^= bytes[at];
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void on_log(int level, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (verbose) vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)level;
}

static bool environment(unsigned command, void* data)
{
    switch (command & 0xFFFF) {
    case 3: *(bool*)data = true; return true; /* GET_CAN_DUPE */
    case 9:
    case 30:
    case 31: *(const char**)data = directory; return true;
    case 10: pixel_bytes = *(int*)data == 1 ? 4 : 2; return true; /* SET_PIXEL_FORMAT */
    case 15: {                                                    /* GET_VARIABLE */
        struct variable* wanted = data;
        for (unsigned at = 0; at < variables; ++at)
            if (!strcmp(keys[at], wanted->key)) return wanted->value = values[at], true;
        /* Else the first of those that the core named: "What it is; first|second". */
        for (unsigned at = 0; at < offers; ++at)
            if (!strcmp(offered[at].key, wanted->key))
                return wanted->value = offered[at].value, true;
        wanted->value = NULL;
        return false;
    }
    case 16: /* SET_VARIABLES */
        for (struct variable* v = data; v->key && offers < 256; ++v) {
            const char* begin = strstr(v->value, "; ") + 2;
            if (verbose) fprintf(stderr, "variable %s: %s\n", v->key, v->value);
            offered[offers++] =
                (struct variable){strdup(v->key), strndup(begin, strcspn(begin, "|"))};
        }
        return true;
    case 17: *(bool*)data = false; return true;          /* GET_VARIABLE_UPDATE */
    case 27: *(void**)data = (void*)on_log; return true; /* GET_LOG_INTERFACE */
    case 38: *(const char**)data = user; return true;    /* GET_USERNAME */
    case 39: *(unsigned*)data = 0; return true;          /* GET_LANGUAGE */
    case 47: *(int*)data = wanted_of_core; return true;  /* GET_AUDIO_VIDEO_ENABLE */
    case 52: *(unsigned*)data = 0; return true;          /* GET_CORE_OPTIONS_VERSION */
    default: return false;
    }
}

static void on_video(const void* pixels, unsigned w, unsigned h, size_t pitch)
{
    if (!pixels || pixels == (void*)-1) return;
    picture = 0, width = w, height = h;
    for (unsigned y = 0; y < h; ++y)
        picture = crc_of((const uint8_t*)pixels + y * pitch, (size_t)w * pixel_bytes, picture);
}

static void on_sample(int16_t left, int16_t right) { (void)left, (void)right; }
static size_t on_samples(const int16_t* samples, size_t frames)
{
    (void)samples;
    return frames;
}
static void on_poll(void) { ++polls; }
static int16_t on_input(unsigned port, unsigned device, unsigned index, unsigned id)
{
    if (port > 1) return 0;
    devices_asked[port] |= 1u << (device & 31);
    if ((device & 0xFF) != 1 || index) return 0;
    return id == 256 ? (int16_t)pad[port] : pad[port] >> id & 1;
}

static uint8_t* read_file(const char* path, size_t* size, size_t more)
{
    FILE* file = fopen(path, "rb");
    if (!file) exit(fprintf(stderr, "no %s\n", path));
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    uint8_t* bytes = calloc(1, *size + more + 1);
    if (fread(bytes, 1, *size, file) != *size) exit(1);
    fclose(file);
    return bytes;
}

static uint8_t* state_of(size_t* size, size_t more, bool* saved)
{
    *size = CALL(size_t, "retro_serialize_size", (void)) + more;
    uint8_t* bytes = calloc(1, *size + 1);
    *saved = CALL(bool, "retro_serialize", (void*, size_t), bytes, *size);
    return bytes;
}

static void write_file(const char* path, const void* bytes, size_t size)
{
    FILE* file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) exit(1);
}

static void run(unsigned frames, int mode, unsigned mask)
{
    for (unsigned frame = 0; frame < frames; ++frame) {
        for (int port = 0; port < 2; ++port) {
            random_state = random_state * 1664525u + 1013904223u;
            /* Of 16 buttons those that consoles have; opposite directions never at once. */
            unsigned held = random_state >> 16 & 0x0FFF;
            if (held & 0x10) held &= ~0x20u;
            if (held & 0x40) held &= ~0x80u;
            pad[port] = mode == 0 ? held : mask;
        }
        polls = 0;
        CALL(void, "retro_run", (void));
        ++frames_polled[polls > 2 ? 2 : polls];
    }
}

static void load_game(const char* path)
{
    struct system_info about = {0};
    CALL(void, "retro_get_system_info", (struct system_info*), &about);
    struct game_info game = {path, NULL, 0, NULL};
    if (!about.need_fullpath) game.data = read_file(path, &game.size, 0);
    const bool loaded = CALL(bool, "retro_load_game", (const struct game_info*), &game);
    printf("game: %s\n", loaded ? "loaded" : "refused");
    if (!loaded) exit(2);
    /* As RetroArch does: plugs a pad into both ports. */
    for (unsigned port = 0; plugs && port < 2; ++port)
        CALL(void, "retro_set_controller_port_device", (unsigned, unsigned), port, 1);
}

static void save(const char* path, size_t more)
{
    size_t size;
    bool saved;
    uint8_t* bytes = state_of(&size, more, &saved);
    if (path && saved) write_file(path, bytes, size);
    if (!path)
        printf("crc: %08x\n", saved ? crc_of(bytes, size, 0) : 0);
    else
        printf("save: %s, %zu bytes\n", saved ? "yes" : "no", size);
    free(bytes);
}

static void load(const char* path, size_t more)
{
    size_t size;
    uint8_t* bytes = read_file(path, &size, more);
    printf("load: %s\n", CALL(bool, "retro_unserialize", (const void*, size_t), bytes, size + more)
                             ? "yes"
                             : "no");
    free(bytes);
}

static void show(const char* command)
{
    struct system_info about = {0};
    struct av_info av = {0};
    if (!strcmp(command, "about")) {
        CALL(void, "retro_get_system_info", (struct system_info*), &about);
        printf("about: %s, %s, %s, %s%s\n", about.name, about.version, about.extensions,
               about.need_fullpath ? "path" : "data", about.block_extract ? ", no archives" : "");
    } else if (!strcmp(command, "rate")) {
        CALL(void, "retro_get_system_av_info", (struct av_info*), &av);
        printf("rate: %.6f frames, %.3f samples\n", av.fps, av.sample_rate);
    } else if (!strcmp(command, "polls")) {
        printf("polls: %u %u %u\n", frames_polled[0], frames_polled[1], frames_polled[2]);
        memset(frames_polled, 0, sizeof frames_polled);
    } else {
        printf("asked:");
        for (int port = 0; port < 2; ++port)
            printf(" %x", devices_asked[port]), devices_asked[port] = 0;
        printf("\n");
    }
}

static int obey(char** word)
{
    const char *command = word[0], *first = word[1];
    size_t size;
    if (!strcmp(command, "set")) {
        char* equals = strchr(strdup(first), '=');
        *equals = 0;
        values[variables] = equals + 1, keys[variables] = equals - (strchr(first, '=') - first);
        return ++variables, 2;
    }
    if (!strcmp(command, "unplugged")) return plugs = false, 1;
    if (!strcmp(command, "wants")) return wanted_of_core = atoi(first), 2;
    if (!strcmp(command, "user")) return user = first, 2;
    if (!strcmp(command, "seed")) return random_state = strtoul(first, NULL, 0), 2;
    if (!strcmp(command, "game")) return load_game(first), 2;
    if (!strcmp(command, "unload")) return CALL(void, "retro_unload_game", (void)), 1;
    if (!strcmp(command, "run")) return run(atoi(first), 0, 0), 2;
    if (!strcmp(command, "idle")) return run(atoi(first), 1, 0), 2;
    if (!strcmp(command, "hold")) return run(atoi(first), 1, strtoul(word[2], NULL, 16)), 3;
    if (!strcmp(command, "size"))
        return printf("size: %zu\n", CALL(size_t, "retro_serialize_size", (void))), 1;
    if (!strcmp(command, "save")) return save(first, 0), 2;
    if (!strcmp(command, "save+")) return save(first, atoi(word[2])), 3;
    if (!strcmp(command, "crc")) return save(NULL, 0), 1;
    if (!strcmp(command, "load")) return load(first, 0), 2;
    if (!strcmp(command, "load+")) return load(first, atoi(word[2])), 3;
    if (!strcmp(command, "reset")) return CALL(void, "retro_reset", (void)), 1;
    if (!strcmp(command, "cheat"))
        return CALL(void, "retro_cheat_set", (unsigned, bool, const char*), atoi(first),
                    atoi(word[2]), word[3]),
               4;
    if (!strcmp(command, "memory")) {
        size = CALL(size_t, "retro_get_memory_size", (unsigned), atoi(first));
        return printf("memory %s: %zu\n", first, size), 2;
    }
    if (!strcmp(command, "dump")) {
        size = CALL(size_t, "retro_get_memory_size", (unsigned), atoi(first));
        write_file(word[2], CALL(void*, "retro_get_memory_data", (unsigned), atoi(first)), size);
        return 3;
    }
    if (!strcmp(command, "device"))
        return CALL(void, "retro_set_controller_port_device", (unsigned, unsigned), atoi(first),
                    atoi(word[2])),
               3;
    if (!strcmp(command, "picture"))
        return printf("picture: %08x, %ux%u\n", picture, width, height), 1;
    return show(command), 1;
}

int main(int count, char** words)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    verbose = getenv("VERBOSE") != NULL;
    core = count > 2 ? dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!core) exit(fprintf(stderr, "%s\n", count > 2 ? dlerror() : "frontend CORE COMMAND..."));
    if (getenv("FOLDER")) snprintf(directory, sizeof directory, "%s", getenv("FOLDER"));
    CALL(void, "retro_set_environment", (bool (*)(unsigned, void*)), environment);
    CALL(void, "retro_init", (void));
    CALL(void, "retro_set_video_refresh", (void (*)(const void*, unsigned, unsigned, size_t)),
         on_video);
    CALL(void, "retro_set_audio_sample", (void (*)(int16_t, int16_t)), on_sample);
    CALL(void, "retro_set_audio_sample_batch", (size_t(*)(const int16_t*, size_t)), on_samples);
    CALL(void, "retro_set_input_poll", (void (*)(void)), on_poll);
    CALL(void, "retro_set_input_state", (int16_t(*)(unsigned, unsigned, unsigned, unsigned)),
         on_input);
    for (char** word = words + 2; *word;)
        word += obey(word);
    fflush(stdout);
    _exit(0); /* what a core does at its end is not looked at here */
}
