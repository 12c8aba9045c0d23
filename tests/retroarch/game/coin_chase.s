; Coin Chase: a two-player NES game whose memory tells exactly which input it was given.
;
; Player one and player two each steer a figure with the cross and race for a coin. B makes a
; figure run. What matters is what the game leaves in CPU RAM after every frame:
;
;   $0010  4 bytes  "NPCC", the mark by which a reader knows the game is running
;   $0014  4 bytes  frame counter, little-endian, 0 before the first frame
;   $0018  4 bytes  running CRC-32 register over both pads of every frame since reset
;   $001C  2 bytes  both pads of the newest frame
;   $0200  256      ring: pad of player one     \
;   $0300  256      ring: pad of player two      | slot = low byte of the frame counter
;   $0400  4 x 256  rings: CRC-32, byte 0 to 3  /
;
; The CRC is the ordinary CRC-32 (reflected, start $FFFFFFFF) without the final inversion. A lost,
; doubled or misplaced press changes it and with it every later value. The counter is advanced
; last, so a slot is complete as soon as the counter names it.
;
; Everything happens in the vertical-blank interrupt; the main program only waits.

PPU_CONTROL = $2000
PPU_MASK    = $2001
PPU_STATUS  = $2002
OAM_ADDRESS = $2003
OAM_DATA    = $2004
PPU_SCROLL  = $2005
PPU_ADDRESS = $2006
PPU_DATA    = $2007
APU_DMC     = $4010
APU_STATUS  = $4015
PAD_ONE     = $4016
PAD_TWO     = $4017
APU_FRAME   = $4017

BUTTON_B     = %01000000
BUTTON_UP    = %00001000
BUTTON_DOWN  = %00000100
BUTTON_LEFT  = %00000010
BUTTON_RIGHT = %00000001

TILE_BLANK  = 0
TILE_WALL   = 1
TILE_FIGURE = 2
TILE_COIN   = 3
TILE_DIGITS = 4

LEFT_EDGE   = 16
RIGHT_EDGE  = 232
TOP_EDGE    = 24
BOTTOM_EDGE = 208
REACH       = 8                 ; a figure closer than this has the coin

.ifndef RUNNING_STEPS
RUNNING_STEPS = 2               ; pixels a frame
.endif

.segment "HEADER"
        .byte "NES", $1A
        .byte 1                 ; 16 KiB of program
        .byte 1                 ; 8 KiB of tiles
        .byte 1, 0              ; vertical mirroring, no mapper, no battery
        .res 8, 0

.segment "ZEROPAGE"
signature:   .res 4             ; $10, see above
frame:       .res 4             ; $14
crc:         .res 4             ; $18
pads:        .res 2             ; $1C
figure_x:    .res 2
figure_y:    .res 2
score:       .res 2
coin_x:      .res 1
coin_y:      .res 1
steps:       .res 1
running:     .res 1             ; 0 until the screen is set up

ring_pad_one = $0200
ring_pad_two = $0300
ring_crc     = $0400

.segment "CODE"

reset:
        sei
        cld
        ldx #$40
        stx APU_FRAME           ; no interrupts from the sound chip
        ldx #$FF
        txs
        inx
        stx PPU_CONTROL
        stx PPU_MASK
        stx APU_DMC
        stx APU_STATUS
        bit PPU_STATUS
:       bit PPU_STATUS
        bpl :-
        jsr clear_memory
:       bit PPU_STATUS
        bpl :-
        jsr draw_screen
        jsr start_game
        bit PPU_STATUS
:       bit PPU_STATUS          ; interrupts on at the start of a blank: the first frame is whole
        bpl :-
        lda #%10000000
        sta PPU_CONTROL
forever:
        jmp forever

clear_memory:                   ; all but the stack page, where our return address is
        lda #0
        tax
@next:  sta $0000,x
        sta $0200,x
        sta $0300,x
        sta $0400,x
        sta $0500,x
        sta $0600,x
        sta $0700,x
        inx
        bne @next
        rts

draw_screen:
        lda #$3F
        sta PPU_ADDRESS
        lda #$00
        sta PPU_ADDRESS
        ldx #0
@color: lda palette,x
        sta PPU_DATA
        inx
        cpx #32
        bne @color

        lda #$20
        sta PPU_ADDRESS
        lda #$00
        sta PPU_ADDRESS
        ldx #30                 ; rows left
@row:   ldy #32                 ; columns left
@column:
        lda #TILE_WALL
        cpx #29
        bcs @put
        cpx #3
        bcc @put
        cpy #32
        beq @put
        cpy #1
        beq @put
        lda #TILE_BLANK
@put:   sta PPU_DATA
        dey
        bne @column
        dex
        bne @row

        ldx #64                 ; every tile has the first palette
        lda #0
@attribute:
        sta PPU_DATA
        dex
        bne @attribute

        sta OAM_ADDRESS
        tax
        lda #$FF
@hide:  sta OAM_DATA            ; all sprites below the picture
        inx
        bne @hide
        rts

start_game:
        ldx #3
@mark:  lda mark,x
        sta signature,x
        lda #$FF
        sta crc,x
        dex
        bpl @mark
        lda #64
        sta figure_x
        lda #184
        sta figure_x+1
        lda #112
        sta figure_y
        sta figure_y+1
        lda #124
        sta coin_x
        lda #64
        sta coin_y
        lda #1
        sta running
        rts

; One frame: draw what the last frame decided, read both pads, remember them, play.
frame_began:
        pha
        txa
        pha
        tya
        pha
        lda running
        beq @done
        jsr draw_sprites
        jsr read_pads
        jsr mix_pads
        jsr remember
        ldx #0
        jsr move_figure
        ldx #1
        jsr move_figure
@done:  pla
        tay
        pla
        tax
        pla
ignored:
        rti

draw_sprites:
        lda #0
        sta OAM_ADDRESS
        ldx #0
@figure:
        lda figure_y,x
        sta OAM_DATA
        lda #TILE_FIGURE
        sta OAM_DATA
        stx OAM_DATA            ; palette = player
        lda figure_x,x
        sta OAM_DATA

        lda #10                 ; the score stands in the upper wall
        sta OAM_DATA
        lda score,x
        clc
        adc #TILE_DIGITS
        sta OAM_DATA
        stx OAM_DATA
        lda score_x,x
        sta OAM_DATA
        inx
        cpx #2
        bne @figure

        lda coin_y
        sta OAM_DATA
        lda #TILE_COIN
        sta OAM_DATA
        lda #2
        sta OAM_DATA
        lda coin_x
        sta OAM_DATA

        bit PPU_STATUS
        lda #0
        sta PPU_SCROLL
        sta PPU_SCROLL
        lda #%10000000
        sta PPU_CONTROL
        lda #%00011110
        sta PPU_MASK
        rts

; A is bit 7, then B, Select, Start, up, down, left, and right is bit 0.
read_pads:
        lda #1
        sta PAD_ONE
        sta pads+1              ; the bit that falls out after eight shifts
        lsr a
        sta PAD_ONE
@next:  lda PAD_ONE
        lsr a
        rol pads
        lda PAD_TWO
        lsr a
        rol pads+1
        bcc @next
        rts

mix_pads:
        ldy #0
@pad:   lda pads,y
        eor crc
        sta crc
        ldx #8
@bit:   lsr crc+3
        ror crc+2
        ror crc+1
        ror crc
        bcc @even
        lda crc
        eor #$20
        sta crc
        lda crc+1
        eor #$83
        sta crc+1
        lda crc+2
        eor #$B8
        sta crc+2
        lda crc+3
        eor #$ED
        sta crc+3
@even:  dex
        bne @bit
        iny
        cpy #2
        bne @pad
        rts

remember:
        ldx frame
        inx
        lda pads
        sta ring_pad_one,x
        lda pads+1
        sta ring_pad_two,x
        lda crc
        sta ring_crc,x
        lda crc+1
        sta ring_crc+$100,x
        lda crc+2
        sta ring_crc+$200,x
        lda crc+3
        sta ring_crc+$300,x
        inc frame
        bne @done
        inc frame+1
        bne @done
        inc frame+2
        bne @done
        inc frame+3
@done:  rts

; X is the player.
move_figure:
        ldy #1
        lda pads,x
        and #BUTTON_B
        beq :+
        ldy #RUNNING_STEPS
:       sty steps
@step:  lda pads,x
        and #BUTTON_UP
        beq :+
        lda figure_y,x
        cmp #TOP_EDGE
        beq :+
        dec figure_y,x
:       lda pads,x
        and #BUTTON_DOWN
        beq :+
        lda figure_y,x
        cmp #BOTTOM_EDGE
        beq :+
        inc figure_y,x
:       lda pads,x
        and #BUTTON_LEFT
        beq :+
        lda figure_x,x
        cmp #LEFT_EDGE
        beq :+
        dec figure_x,x
:       lda pads,x
        and #BUTTON_RIGHT
        beq :+
        lda figure_x,x
        cmp #RIGHT_EDGE
        beq :+
        inc figure_x,x
:       dec steps
        bne @step

        lda figure_x,x
        sec
        sbc coin_x
        jsr is_near
        bcs @done
        lda figure_y,x
        sec
        sbc coin_y
        jsr is_near
        bcs @done
        lda score,x             ; caught: one point, and a new coin where the input so far says
        clc
        adc #1
        cmp #10
        bcc :+
        lda #0
:       sta score,x
        lda crc
        and #$7F
        clc
        adc #LEFT_EDGE+32
        sta coin_x
        lda crc+1
        and #$7F
        clc
        adc #TOP_EDGE+24
        sta coin_y
@done:  rts

; A is a signed distance; carry is clear if it is within reach.
is_near:
        bcs :+
        eor #$FF
        adc #1
:       cmp #REACH
        rts

.segment "RODATA"
mark:    .byte "NPCC"
score_x: .byte 64, 184
palette:
        .byte $0F, $2C, $1C, $30, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F, $0F
        .byte $0F, $16, $27, $30, $0F, $1A, $2A, $30, $0F, $28, $38, $30, $0F, $0F, $0F, $0F

.segment "TILES"
.macro tile a0, a1, a2, a3, a4, a5, a6, a7
        .byte a0, a1, a2, a3, a4, a5, a6, a7
        .res 8, 0
.endmacro
.macro digit a0, a1, a2, a3, a4
        tile 0, a0, a1, a2, a3, a4, 0, 0
.endmacro
        tile 0, 0, 0, 0, 0, 0, 0, 0
        tile $FE, $FE, $FE, $00, $EF, $EF, $EF, $00
        tile $3C, $7E, $DB, $FF, $FF, $BD, $C3, $7E
        tile $00, $3C, $66, $5A, $5A, $66, $3C, $00
        digit %01110000, %01010000, %01010000, %01010000, %01110000
        digit %00100000, %01100000, %00100000, %00100000, %01110000
        digit %01110000, %00010000, %01110000, %01000000, %01110000
        digit %01110000, %00010000, %00110000, %00010000, %01110000
        digit %01010000, %01010000, %01110000, %00010000, %00010000
        digit %01110000, %01000000, %01110000, %00010000, %01110000
        digit %01110000, %01000000, %01110000, %01010000, %01110000
        digit %01110000, %00010000, %00100000, %00100000, %00100000
        digit %01110000, %01010000, %01110000, %01010000, %01110000
        digit %01110000, %01010000, %01110000, %00010000, %01110000

.segment "VECTORS"
        .word frame_began, reset, ignored
