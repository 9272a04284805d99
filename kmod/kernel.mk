# SPDX-License-Identifier: GPL-2.0
# What this kernel has. The module that times the ciphers (tests/bench) asks, too.
ccflags-y += -I$(src) -I$(src)/uapi -include $(src)/compat.h

# A cipher is left out whose library this kernel was built without: all have t32, which is ours.
any_chacha := $(or $(CONFIG_CRYPTO_LIB_CHACHA),$(CONFIG_CRYPTO_LIB_CHACHA_GENERIC))
# AES by the kernel's library, but on x86: there the library goes block by block (7.3), and what
# the crypto API has takes a sixth of the instructions, of GCM a fifth.
api_is_faster := $(CONFIG_CRYPTO_AES_NI_INTEL)
library_aes := $(if $(and $(api_is_faster),$(CONFIG_CRYPTO_CTR)),,$(CONFIG_CRYPTO_LIB_AES_CTR))
any_aes := $(or $(library_aes),$(and $(CONFIG_CRYPTO_AES),$(CONFIG_CRYPTO_CTR)))
ciphers := kat.o sober.o t32.o
ciphers += $(if $(any_chacha),chacha20.o)
ciphers += $(if $(any_aes),$(if $(library_aes),aes256ctr.o,aes256ctr_skcipher.o))
ciphers += $(if $(CONFIG_CRYPTO_LIB_ARC4),arrsyfor.o)
any_poly := $(and $(any_chacha),$(or $(CONFIG_CRYPTO_LIB_POLY1305),$(CONFIG_CRYPTO_LIB_POLY1305_GENERIC)))
library_gcm := $(if $(and $(api_is_faster),$(CONFIG_CRYPTO_GCM)),,$(CONFIG_CRYPTO_LIB_AES_GCM))
any_gcm := $(or $(library_gcm),$(and $(CONFIG_CRYPTO_AES),$(CONFIG_CRYPTO_GCM)))
ciphers += $(if $(or $(any_poly),$(any_gcm)),kat_record.o)
ciphers += $(if $(any_poly),chachapoly.o)
ciphers += $(if $(any_gcm),$(if $(library_gcm),aes256gcm.o,aes256gcm_aead.o aes256gcm_seat.o))
ccflags-y += -DXCRYPT_CHACHA20=$(if $(any_chacha),1,0)
ccflags-y += -DXCRYPT_AES256CTR=$(if $(any_aes),1,0)
ccflags-y += -DXCRYPT_ARRSYFOR=$(if $(CONFIG_CRYPTO_LIB_ARC4),1,0)
ccflags-y += -DXCRYPT_CHACHAPOLY=$(if $(any_poly),1,0)
ccflags-y += -DXCRYPT_AES256GCM=$(if $(any_gcm),1,0)

# For compat.h. The pattern sees the whole header as one line.
has = $(shell grep -qzwE '$(1)' $(srctree)/include/$(2) && echo -D$(3))
sendpage := $(call has,do_tcp_sendpages,net/tcp.h,COMPAT_SENDPAGE)
ccflags-y += $(sendpage)
ccflags-y += $(call has,SOCK_CUSTOM_SOCKOPT,linux/net.h,COMPAT_CUSTOM_SOCKOPT)
ccflags-y += $(call has,get_file_active,linux/fs.h,COMPAT_FILE_ACTIVE)
ccflags-y += $(call has,skb_frags_readable,linux/skbuff.h,COMPAT_FRAGS_READABLE)
ccflags-y += $(call has,tcp_recvmsg[^;]*addr_len,net/tcp.h,COMPAT_ADDR_LEN)
ccflags-y += $(call has,get_info[^;]*net_admin,net/tcp.h,COMPAT_INFO_ADMIN)
ccflags-y += $(call has,struct sockaddr_unsized,linux/socket.h,COMPAT_SOCKADDR_UNSIZED)
ccflags-y += $(call has,ioctl[^;]*int \*karg,net/sock.h,COMPAT_IOCTL_KARG)
ccflags-y += $(call has,struct chacha_state,crypto/chacha.h,COMPAT_CHACHA_STATE)
